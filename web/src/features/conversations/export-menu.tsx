import { Button, Menu, MenuItemLink, MenuList, MenuPopover, MenuTrigger, Tooltip } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons";

/** One's own conversation as a file, whole and as one sees it. */
export function ExportMenu({ conversationId }: { conversationId: string }) {
  const file = `/api/v1/conversations/${conversationId}/export?format=`;
  return (
    <Menu positioning="below-end">
      <MenuTrigger disableButtonEnhancement>
        <Tooltip content="Export this conversation" relationship="label">
          <Button appearance="subtle" icon={<ArrowDownloadRegular />} />
        </Tooltip>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItemLink href={`${file}html`} download>
            Page to print
          </MenuItemLink>
          <MenuItemLink href={`${file}json`} download>
            JSON, for programs
          </MenuItemLink>
          <MenuItemLink href={`${file}zip`} download>
            Both, with all files (ZIP)
          </MenuItemLink>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
