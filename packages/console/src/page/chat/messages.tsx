import { ThreadPrimitive, useAuiState } from "@assistant-ui/react";
import { Button } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { count } from "../shared/format.ts";
import { AnswerMessage } from "./answer-message.tsx";
import { EditComposer, UserMessage } from "./user-message.tsx";

/** How many messages are drawn at first, counted from the end, and how many more with each press of the button. */
const STEP = 100;
const COMPONENTS = { UserMessage, AssistantMessage: AnswerMessage, UserEditComposer: EditComposer };

/** The messages of a conversation. Of a long conversation, only the last messages are drawn at first. */
export function Messages(): ReactNode {
  const length = useAuiState(({ thread }) => thread.messages.length);
  const [first, setFirst] = useState<number | undefined>();
  // Messages that were drawn stay drawn while the conversation grows.
  const start = Math.min(first ?? Math.max(0, length - STEP), Math.max(0, length - 1));
  if (first === undefined && length > 0) setFirst(start);
  const drawn = Array.from({ length: length - start }, (_, offset) => start + offset);
  return (
    <>
      {start > 0 && (
        <Button variant="default" size="xs" className="earlier" onClick={() => setFirst(Math.max(0, start - STEP))}>
          {`Show earlier messages (${count(start)})`}
        </Button>
      )}
      {drawn.map((index) => (
        <ThreadPrimitive.MessageByIndex key={index} index={index} components={COMPONENTS} />
      ))}
    </>
  );
}
