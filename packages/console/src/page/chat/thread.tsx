import {
  ActionBarPrimitive,
  AttachmentPrimitive,
  BranchPickerPrimitive,
  type CompleteAttachment,
  ComposerPrimitive,
  MessagePrimitive,
  type PendingAttachment,
  ThreadPrimitive,
  useAui,
  useAuiState,
} from "@assistant-ui/react";
import { ActionIcon, Button, Group, Loader, Text, Title, Tooltip } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowUp,
  IconChevronLeft,
  IconChevronRight,
  IconCode,
  IconCopy,
  IconPaperclip,
  IconPencil,
  IconPlayerStopFilled,
  IconRefresh,
  IconX,
} from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { notifyFailed } from "../shared/notify.ts";
import { AnswerFacts } from "./answer-facts.tsx";
import { attachments } from "./attachments.ts";
import { requestOf } from "./chat-model.ts";
import { useChat } from "./chat-provider.tsx";
import { FilePart, Picture, Reasoning, Source, ToolCall } from "./message-parts.tsx";
import { RequestDialog } from "./request-dialog.tsx";

// An empty conversation needs no Markdown. Until it is loaded, an answer is shown as plain text.
const LazyMarkdown = lazy(() => import("./markdown.tsx").then((module) => ({ default: module.Markdown })));

function Markdown({ text }: { text: string }): ReactNode {
  return (
    <Suspense fallback={<PlainText text={text} />}>
      <LazyMarkdown />
    </Suspense>
  );
}

const IDEAS = ["Explain prompt caching in two sentences.", "Write a haiku about streams.", "What can you do with an image?"] as const;

export function Thread(): ReactNode {
  return (
    <ThreadPrimitive.Root className="thread">
      <ThreadPrimitive.Viewport className="thread-viewport" tabIndex={0} role="log" aria-label="Conversation">
        <ThreadPrimitive.Empty>
          <Welcome />
        </ThreadPrimitive.Empty>
        <ThreadPrimitive.Messages components={{ UserMessage, AssistantMessage, UserEditComposer: EditComposer }} />
        <div className="thread-end">
          <ThreadPrimitive.ScrollToBottom asChild>
            <ActionIcon variant="default" radius="xl" className="to-bottom" aria-label="Go to the end">
              <IconArrowDown size={16} />
            </ActionIcon>
          </ThreadPrimitive.ScrollToBottom>
        </div>
      </ThreadPrimitive.Viewport>
      <Composer />
    </ThreadPrimitive.Root>
  );
}

function Welcome(): ReactNode {
  const { connection } = useChat();
  return (
    <div className="welcome">
      <Title order={2} size="h3">
        What would you like to ask?
      </Title>
      <Text c="dimmed" size="sm" maw={480} ta="center">
        {connection?.demo === true
          ? "This is a demo connection: whatever you write, it answers with a prepared example. Choose another model above at any time; the conversation goes on."
          : "Choose another model above at any time; the conversation goes on."}
      </Text>
      <Group justify="center" gap="xs">
        {IDEAS.map((idea) => (
          <ThreadPrimitive.Suggestion key={idea} prompt={idea} asChild>
            <Button variant="default" size="xs">
              {idea}
            </Button>
          </ThreadPrimitive.Suggestion>
        ))}
      </Group>
    </div>
  );
}

function UserMessage(): ReactNode {
  return (
    <MessagePrimitive.Root className="message message-user" data-role="user">
      <div className="bubble">
        <MessagePrimitive.Attachments components={{ Attachment: AttachmentChip }} />
        <MessagePrimitive.Parts components={{ Text: PlainText, Image: Picture, File: FilePart }} />
      </div>
      <Group gap={2} className="message-actions">
        <Branches />
        <ActionBarPrimitive.Edit asChild>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Edit the message">
            <IconPencil size={15} />
          </ActionIcon>
        </ActionBarPrimitive.Edit>
      </Group>
    </MessagePrimitive.Root>
  );
}

function PlainText({ text }: { text: string }): ReactNode {
  return (
    <p className="pre-wrap" dir="auto">
      {text}
    </p>
  );
}

function AssistantMessage(): ReactNode {
  const isWaiting = useAuiState(
    ({ message }) => message.role === "assistant" && message.status.type === "running" && message.content.length === 0,
  );
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
          <ActionBarPrimitive.Copy asChild>
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Copy the answer">
              <IconCopy size={15} />
            </ActionIcon>
          </ActionBarPrimitive.Copy>
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

/** Earlier versions of a message that was edited, or of an answer that was asked for again. */
function Branches(): ReactNode {
  return (
    <BranchPickerPrimitive.Root hideWhenSingleBranch className="branches">
      <BranchPickerPrimitive.Previous asChild>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Previous version">
          <IconChevronLeft size={15} />
        </ActionIcon>
      </BranchPickerPrimitive.Previous>
      <Text size="xs" c="dimmed" span>
        <BranchPickerPrimitive.Number /> of <BranchPickerPrimitive.Count />
      </Text>
      <BranchPickerPrimitive.Next asChild>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Next version">
          <IconChevronRight size={15} />
        </ActionIcon>
      </BranchPickerPrimitive.Next>
    </BranchPickerPrimitive.Root>
  );
}

function EditComposer(): ReactNode {
  return (
    <ComposerPrimitive.Root className="composer composer-edit">
      <ComposerPrimitive.Input className="composer-input" aria-label="Edit the message" />
      <Group justify="flex-end" gap="xs">
        <ComposerPrimitive.Cancel asChild>
          <Button size="xs" variant="default">
            Cancel
          </Button>
        </ComposerPrimitive.Cancel>
        <ComposerPrimitive.Send asChild>
          <Button size="xs">Send</Button>
        </ComposerPrimitive.Send>
      </Group>
    </ComposerPrimitive.Root>
  );
}

function Composer(): ReactNode {
  const isRunning = useAuiState(({ thread }) => thread.isRunning);
  return (
    <div className="composer-area">
      <ComposerPrimitive.AttachmentDropzone className="composer-drop">
        <ComposerPrimitive.Root className="composer">
          <div className="attachments">
            <ComposerPrimitive.Attachments components={{ Attachment: RemovableAttachment }} />
          </div>
          <ComposerPrimitive.Input
            className="composer-input"
            placeholder="Write a message. Drop or paste images and files."
            aria-label="Message"
            maxRows={10}
            autoFocus
          />
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Group gap={4}>
              <Tooltip label="Add images or files">
                <ComposerPrimitive.AddAttachment asChild>
                  <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Add images or files">
                    <IconPaperclip size={18} />
                  </ActionIcon>
                </ComposerPrimitive.AddAttachment>
              </Tooltip>
              <ShowRequest />
            </Group>
            {isRunning ? (
              <ComposerPrimitive.Cancel asChild>
                <ActionIcon size="lg" radius="xl" aria-label="Stop" color="gray" variant="filled">
                  <IconPlayerStopFilled size={16} />
                </ActionIcon>
              </ComposerPrimitive.Cancel>
            ) : (
              <ComposerPrimitive.Send asChild>
                <ActionIcon size="lg" radius="xl" aria-label="Send">
                  <IconArrowUp size={18} />
                </ActionIcon>
              </ComposerPrimitive.Send>
            )}
          </Group>
        </ComposerPrimitive.Root>
      </ComposerPrimitive.AttachmentDropzone>
    </div>
  );
}

/** The request that Send would make. */
function ShowRequest(): ReactNode {
  const aui = useAui();
  const { settings, connection } = useChat();
  const text = useAuiState(({ composer }) => composer.text);
  const [request, setRequest] = useState<ReturnType<typeof requestOf> | undefined>();
  const show = async (): Promise<void> => {
    const { attachments: files } = aui.composer().getState();
    try {
      const complete = await Promise.all(
        files.map(async (one) => (one.status.type === "complete" ? one : attachments.send(one as PendingAttachment))),
      ); // the others are pending
      const { messages } = aui.thread().getState();
      setRequest(requestOf(messages, settings, { text, attachments: complete as CompleteAttachment[] })); // `send` completes them
    } catch (cause) {
      notifyFailed(cause);
    }
  };
  return (
    <>
      <Tooltip label="Show the request before it is sent">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Show the request before it is sent"
          disabled={text.trim() === "" || connection === undefined || settings.model === undefined}
          onClick={() => void show()}
        >
          <IconCode size={18} />
        </ActionIcon>
      </Tooltip>
      {request !== undefined && connection !== undefined && settings.model !== undefined && (
        <RequestDialog connection={connection.profile.id} model={settings.model} request={request} onClose={() => setRequest(undefined)} />
      )}
    </>
  );
}

function AttachmentChip(): ReactNode {
  return (
    <AttachmentPrimitive.Root className="attachment">
      <AttachmentImage />
      <Text size="xs" className="wrap" span>
        <AttachmentPrimitive.Name />
      </Text>
    </AttachmentPrimitive.Root>
  );
}

function RemovableAttachment(): ReactNode {
  const name = useAuiState(({ attachment }) => attachment.name);
  return (
    <AttachmentPrimitive.Root className="attachment">
      <Text size="xs" className="wrap" span>
        <AttachmentPrimitive.Name />
      </Text>
      <AttachmentPrimitive.Remove asChild>
        <ActionIcon size="xs" variant="subtle" color="gray" aria-label={`Remove ${name}`}>
          <IconX size={12} />
        </ActionIcon>
      </AttachmentPrimitive.Remove>
    </AttachmentPrimitive.Root>
  );
}

function AttachmentImage(): ReactNode {
  const source = useAuiState(({ attachment }) => {
    const [part] = attachment.content ?? [];
    return part?.type === "image" && part.image.startsWith("data:image/") ? part.image : undefined;
  });
  return source === undefined ? null : <img className="picture" src={source} alt="" />;
}
