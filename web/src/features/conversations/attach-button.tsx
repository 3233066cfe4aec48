import { Button, Tooltip } from "@fluentui/react-components";
import { AttachRegular } from "@fluentui/react-icons";
import { useRef } from "react";
import { PICTURE_KINDS } from "./picture-kinds";

/** Opens the browser's own window in which one chooses. */
export function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept={PICTURE_KINDS}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          // The same picture, chosen again after it was removed, is a change, too.
          currentTarget.value = "";
        }}
      />
      <Tooltip content="Attach pictures" relationship="label">
        <Button appearance="subtle" icon={<AttachRegular />} onClick={() => input.current?.click()} />
      </Tooltip>
    </>
  );
}
