import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { ListRegular } from "@fluentui/react-icons";
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

/** The same ways, where there is no room beside the page. */
export function SectionMenu({ sections }: { sections: AdminSection[] }) {
  return (
    <div className={styles.menu}>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button appearance="subtle" icon={<ListRegular />}>
            On this page
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {sections.map(({ id, name }) => (
              <MenuItem
                key={id}
                onClick={() => {
                  // The menu gives the focus back to its button first.
                  setTimeout(goTo, 0, id);
                }}
              >
                {name}
              </MenuItem>
            ))}
          </MenuList>
        </MenuPopover>
      </Menu>
    </div>
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
