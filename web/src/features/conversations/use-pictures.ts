import type { Editor } from "@tiptap/core";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { upload } from "../../api/upload";
import { newId } from "../../wording/identifiers";
import { isPicture, whyNoPicture } from "./picture-kinds";

export interface Pictures {
  /** How many are on their way to the server. */
  waiting: number;
  problem: string | undefined;
  take: (files: File[]) => void;
}

/** Pictures put in at the cursor, as soon as the server has them. */
export function usePictures(conversationId: string, editor: Editor | null): Pictures {
  const [waiting, setWaiting] = useState(0);
  const [problem, setProblem] = useState<string>();

  const give = async (file: File): Promise<void> => {
    const why = whyNoPicture(file) ?? ((await isPicture(file)) ? null : "Only a PNG, JPEG, GIF or WebP picture can be put in.");
    if (why !== null) {
      setProblem(`${file.name}: ${why}`);
      return;
    }
    const path = `/api/v1/conversations/${conversationId}/images/${newId()}?name=${encodeURIComponent(file.name)}`;
    const { address } = await upload<Schemas["Picture"]>(path, file, () => undefined);
    if (editor !== null && !editor.isDestroyed) {
      editor.commands.insertContent({ type: "picture", attrs: { src: address, alt: file.name } });
    }
  };
  const giveAll = async (files: File[]): Promise<void> => {
    setProblem(undefined);
    for (const file of files) {
      setWaiting((before) => before + 1);
      try {
        await give(file);
      } catch (error) {
        setProblem(`${file.name}: ${sentenceOf(error)}`);
      } finally {
        setWaiting((before) => before - 1);
      }
    }
  };
  return {
    waiting,
    problem,
    take: (files) => {
      void giveAll(files);
    },
  };
}
