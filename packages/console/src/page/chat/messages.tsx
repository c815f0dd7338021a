import { ThreadPrimitive, useAuiState } from "@assistant-ui/react";
import { Button } from "@mantine/core";
import { type MouseEvent, type ReactNode, useLayoutEffect, useRef, useState } from "react";
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
  const keepPlace = useKeptPlace(start);
  const showEarlier = (event: MouseEvent<HTMLElement>): void => {
    keepPlace(event.currentTarget);
    setFirst(Math.max(0, start - STEP));
  };
  const drawn = Array.from({ length: length - start }, (_, offset) => start + offset);
  return (
    <>
      {start > 0 && (
        <Button variant="default" size="xs" className="earlier" onClick={showEarlier}>
          {`Show earlier messages (${count(start)})`}
        </Button>
      )}
      {drawn.map((index) => (
        <ThreadPrimitive.MessageByIndex key={index} index={index} components={COMPONENTS} />
      ))}
    </>
  );
}

/**
 * Keeps the place of what the person sees while messages are added above it. Browsers do not do so at the top of a scrolled area. The returned function notes the
 * place, for an element in that area; the next change of `start` restores it.
 */
function useKeptPlace(start: number): (inside: Element) => void {
  const noted = useRef<{ viewport: Element; toEnd: number } | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new start means that messages were added
  useLayoutEffect(() => {
    if (noted.current === undefined) return;
    const { viewport, toEnd } = noted.current;
    viewport.scrollTop = viewport.scrollHeight - toEnd;
    noted.current = undefined;
  }, [start]);
  return (inside) => {
    const viewport = inside.closest("[role=log]");
    if (viewport !== null) noted.current = { viewport, toEnd: viewport.scrollHeight - viewport.scrollTop };
  };
}
