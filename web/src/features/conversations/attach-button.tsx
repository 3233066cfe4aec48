import { Button, Tooltip } from "@fluentui/react-components";
import { AttachRegular } from "@fluentui/react-icons";
import { useRef } from "react";
import { PICTURE_KINDS } from "./picture-kinds";

interface Props {
  /** A message that was sent already takes pictures, not files. */
  isForPictures?: boolean;
  onFiles: (files: File[]) => void;
}

/** Opens the browser's own window in which one chooses. */
export function AttachButton({ isForPictures = false, onFiles }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept={isForPictures ? PICTURE_KINDS : undefined}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          // The same file, chosen again after it was removed, is a change, too.
          currentTarget.value = "";
        }}
      />
      <Tooltip content={isForPictures ? "Attach pictures" : "Attach files"} relationship="label">
        <Button appearance="subtle" icon={<AttachRegular />} onClick={() => input.current?.click()} />
      </Tooltip>
    </>
  );
}
