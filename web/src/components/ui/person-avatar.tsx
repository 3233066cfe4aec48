import type { PresenceBadgeStatus } from "@fluentui/react-components";
import { PersonRegular } from "@fluentui/react-icons";
import { initialsOf } from "../../wording/names";
import styles from "./person-avatar.module.css";
import { PresenceDot } from "./presence-dot";

interface Props {
  name: string;
  size?: 24 | 28 | 36 | 40 | 64;
  /** Left out where there is no presence to show. */
  badge?: PresenceBadgeStatus | undefined;
}

/** The pairs of Fluent's palette that are made for names. */
const COLORS =
  "DarkRed Cranberry Red Pumpkin Peach Marigold Gold Brass Brown Forest Seafoam DarkGreen LightTeal Teal Steel Blue RoyalBlue Cornflower Navy Lavender Purple Grape Lilac Pink Magenta Plum Beige Mink Platinum Anchor".split(
    " ",
  );

/** Initials in a color of their own; the presence beside it is always said in words too, so this is decoration.
 * Plain elements: a list that is scrolled draws hundreds of them a second, and Fluent's take as long as a whole row. */
export function PersonAvatar({ name, size = 36, badge }: Props) {
  const color = colorOf(name);
  return (
    <span
      className={styles.avatar}
      data-size={size}
      style={{
        color: `var(--colorPalette${color}Foreground2)`,
        background: `var(--colorPalette${color}Background2)`,
      }}
      aria-hidden
    >
      {initialsOf(name) || <PersonRegular />}
      {badge !== undefined && <PresenceDot className={styles.badge} status={badge} />}
    </span>
  );
}

/** The same color for the same name, wherever it is shown. */
function colorOf(name: string): string {
  let sum = 0;
  for (let index = 0; index < name.length; index++) sum = (sum * 31 + name.charCodeAt(index)) % 65_521;
  return COLORS[sum % COLORS.length] ?? "Steel";
}
