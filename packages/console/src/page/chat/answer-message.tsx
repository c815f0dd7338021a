import { ActionBarPrimitive, MessagePrimitive, useAui, useAuiState } from "@assistant-ui/react";
import { ActionIcon, Group, Loader } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense } from "react";
import { CopyIcon } from "../shared/copy.tsx";
import { AnswerFacts } from "./answer-facts.tsx";
import { Branches } from "./branches.tsx";
import { LongText } from "./long-text.tsx";
import { FilePart, Picture, PlainText, Reasoning, Source, ToolCall } from "./message-parts.tsx";

/** Characters of the longest text that is drawn as Markdown: each drawing parses the whole text again. */
const LONGEST_MARKDOWN = 300_000;

// Loaded with the first answer. Until then an answer is plain text.
const LazyMarkdown = lazy(() => import("./markdown.tsx").then((module) => ({ default: module.Markdown })));

function AnswerText({ text }: { text: string }): ReactNode {
  if (text.length > LONGEST_MARKDOWN) return <LongText text={text} />;
  return (
    <Suspense fallback={<PlainText text={text} />}>
      <LazyMarkdown />
    </Suspense>
  );
}

export function AnswerMessage(): ReactNode {
  const isWaiting = useAuiState(
    ({ message }) => message.role === "assistant" && message.status.type === "running" && message.content.length === 0,
  );
  const aui = useAui();
  const hasText = useAuiState(({ message }) => message.content.some((part) => part.type === "text"));
  const textOf = (): string =>
    aui
      .message()
      .getState()
      .content.flatMap((part) => (part.type === "text" ? [part.text] : []))
      .join("\n\n");
  return (
    <MessagePrimitive.Root className="message" data-role="assistant">
      {isWaiting && <Loader size="sm" type="dots" aria-label="Waiting for the answer" />}
      <MessagePrimitive.Parts
        components={{ Text: AnswerText, Reasoning, Source, Image: Picture, File: FilePart, tools: { Fallback: ToolCall } }}
      />
      <AnswerFacts />
      <Group gap={2} className="message-actions">
        <Branches />
        <ActionBarPrimitive.Root hideWhenRunning className="action-bar">
          {hasText && <CopyIcon text={textOf} label="Copy the answer" />}
          <ActionBarPrimitive.Reload asChild>
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Ask again">
              <IconRefresh size={15} />
            </ActionIcon>
          </ActionBarPrimitive.Reload>
        </ActionBarPrimitive.Root>
      </Group>
    </MessagePrimitive.Root>
  );
}
