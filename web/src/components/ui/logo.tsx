/** The bridge: also public/favicon.svg. */
export function Logo({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="var(--colorBrandBackground)" />
      <path
        d="M6 21.5h20M6 21.5c0-7.2 4.2-11.5 10-11.5s10 4.3 10 11.5M11 21.5v-7.2M16 21.5V10M21 21.5v-7.2"
        fill="none"
        stroke="#fff"
        strokeWidth="2.2"
        strokeLinecap="round"
      />
    </svg>
  );
}
