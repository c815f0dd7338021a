import { ActionBarPrimitive, MessagePrimitive, useAuiState } from "@assistant-ui/react";
import { ActionIcon, Group, Loader } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense } from "react";
import { CopyIcon } from "../shared/copy.tsx";
import { AnswerFacts } from "./answer-facts.tsx";
import { Branches } from "./branches.tsx";
import { FilePart, Picture, PlainText, Reasoning, Source, ToolCall } from "./message-parts.tsx";

// An empty conversation needs no Markdown. Until it is loaded, an answer is shown as plain text.
const LazyMarkdown = lazy(() => import("./markdown.tsx").then((module) => ({ default: module.Markdown })));

function Markdown({ text }: { text: string }): ReactNode {
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
  const text = useAuiState(({ message }) => message.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n"));
  return (
    <MessagePrimitive.Root className="message" data-role="assistant">
      {isWaiting && <Loader size="sm" type="dots" aria-label="Waiting for the answer" />}
      <MessagePrimitive.Parts
        components={{ Text: Markdown, Reasoning, Source, Image: Picture, File: FilePart, tools: { Fallback: ToolCall } }}
      />
      <AnswerFacts />
      <Group gap={2} className="message-actions">
        <Branches />
        <ActionBarPrimitive.Root hideWhenRunning className="action-bar">
          {text !== "" && <CopyIcon text={text} label="Copy the answer" />}
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
