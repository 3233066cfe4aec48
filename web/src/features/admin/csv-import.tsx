import { Button, Link } from "@fluentui/react-components";
import { DocumentArrowUpRegular } from "@fluentui/react-icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import styles from "./admin-page.module.css";
import { importsKey } from "./imports-key";

/** Agents and Work users from a file: chosen with the button, or dropped here. */
export function CsvImport({ isBusy }: { isBusy: boolean }) {
  const client = useQueryClient();
  const notify = useNotify();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const send = useMutation({
    mutationFn: (file: File) =>
      answerOf(
        api.POST("/api/v1/admin/imports/csv", {
          // As it is: what is wrong with its encoding, the server says in words.
          body: file as unknown as string,
          bodySerializer: () => file,
          headers: { "Content-Type": "text/csv" },
        }),
      ),
    onSuccess: (_, { name }) => {
      notify("success", `${name} is being imported.`);
    },
    onError: (error) => {
      notify("error", "The file was not imported.", sentenceOf(error));
    },
    onSettled: () => client.invalidateQueries({ queryKey: importsKey }),
  });
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file !== undefined && !isBusy) send.mutate(file);
  };

  return (
    <div
      className={[styles.drop, isOver && styles.over].filter(Boolean).join(" ")}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => {
        setIsOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        take(event.dataTransfer.files);
      }}
    >
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv"
        aria-label="CSV file of agents and Work users"
        hidden
        onChange={({ target }) => {
          take(target.files);
          // The same file can be chosen again once it was mended.
          target.value = "";
        }}
      />
      <Button
        icon={<DocumentArrowUpRegular />}
        disabledFocusable={isBusy || send.isPending}
        onClick={() => input.current?.click()}
      >
        Import a CSV file
      </Button>
      <span className={styles.muted}>
        Agents and Work users. Choose a file or drop it here; rows that cannot be taken are named in the report.{" "}
        <Link href="/api/v1/admin/imports/csv/template" download inline>
          Download a template
        </Link>
      </span>
    </div>
  );
}
