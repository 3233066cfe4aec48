import { Link } from "@fluentui/react-components";

const ADDRESS = /https?:\/\/[^\s<>"]+/gi;
/** What ends a sentence or a bracket is not of the address. */
const AFTER = /[.,;:!?'’”)\]}]+$/;

/** Plain words, whose web addresses can be opened. */
export function LinkedText({ text }: { text: string }) {
  const parts = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = found.replace(AFTER, "");
    if (!URL.canParse(address)) continue;
    parts.push(text.slice(done, index));
    parts.push(
      <Link key={index} inline href={address} target="_blank" rel="noopener noreferrer">
        {address}
      </Link>,
    );
    done = index + address.length;
  }
  return (
    <>
      {parts}
      {text.slice(done)}
    </>
  );
}
