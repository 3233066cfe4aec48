import type { ComponentType } from "react";
import styles from "./section-links.module.css";

/** `id` is that of the section's heading. */
export interface AdminSection {
  id: string;
  name: string;
  Section: ComponentType;
}

/** The way to each section of a long page, where there is room beside it. */
export function SectionLinks({ sections }: { sections: AdminSection[] }) {
  return (
    <nav className={styles.links} aria-labelledby="on-this-page">
      <h2 id="on-this-page">On this page</h2>
      <ul>
        {sections.map(({ id, name }) => (
          <li key={id}>
            <a
              href={`#${id}`}
              onClick={(event) => {
                // The address is the workspace's: a part of the page is no place to come back to.
                event.preventDefault();
                goTo(id);
              }}
            >
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Scroll there and go on from there with the keyboard. */
function goTo(id: string) {
  const heading = document.getElementById(id);
  if (heading === null) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  heading.closest("section")?.scrollIntoView({ block: "start" });
}
