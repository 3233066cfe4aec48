import { createDarkTheme, createLightTheme, type BrandVariants, type Theme } from "@fluentui/react-components";

/** Deskbridge's own blue-green, dark to light. */
const brand: BrandVariants = {
  10: "#02191c",
  20: "#052a30",
  30: "#073841",
  40: "#08454f",
  50: "#0a525e",
  60: "#0b5f6d",
  70: "#0c6c7c",
  80: "#0f7788",
  90: "#278698",
  100: "#4196a7",
  110: "#5aa5b5",
  120: "#74b5c3",
  130: "#8fc4d0",
  140: "#aad4dd",
  150: "#c6e3ea",
  160: "#e2f3f6",
};

export const lightTheme: Theme = createLightTheme(brand);

export const darkTheme: Theme = {
  ...createDarkTheme(brand),
  // On dark grounds the ramp's usual steps miss a contrast of 4.5 : 1.
  colorBrandForeground1: brand[110],
  colorBrandForeground2: brand[120],
  colorBrandForegroundLink: brand[110],
  colorBrandForegroundLinkHover: brand[120],
  colorBrandForegroundLinkPressed: brand[100],
  // Own messages would hardly stand out from the ground behind them.
  colorBrandBackground2: brand[30],
};
