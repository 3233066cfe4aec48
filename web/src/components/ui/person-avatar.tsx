import { Avatar, type AvatarProps, type PresenceBadgeStatus } from "@fluentui/react-components";
import { initialsOf } from "../../wording/names";

interface Props {
  name: string;
  size?: AvatarProps["size"];
  /** Left out where there is no presence to show. */
  badge?: PresenceBadgeStatus | undefined;
}

/** Initials in a color of their own; the presence beside it is always said in words too, so this is decoration. */
export function PersonAvatar({ name, size = 36, badge }: Props) {
  return (
    <Avatar
      name={name}
      initials={initialsOf(name)}
      size={size}
      color="colorful"
      aria-hidden
      {...(badge === undefined ? {} : { badge: { status: badge, "aria-hidden": true } })}
    />
  );
}
