import { ComposerPrimitive, useAuiState } from "@assistant-ui/react";
import { ActionIcon, Group, Tooltip } from "@mantine/core";
import { IconArrowUp, IconPaperclip, IconPlayerStopFilled } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { RemovableAttachment } from "./attachment-chips.tsx";
import { ShowRequest } from "./show-request.tsx";

const INPUT = "composer-input";

/** Puts the focus into the field for the next message, so that Enter sends it. */
export function focusComposer(): void {
  document.querySelector<HTMLTextAreaElement>(`.${INPUT}`)?.focus();
}

/** The field for the next message, with its files and buttons. */
export function Composer(): ReactNode {
  return (
    <div className="composer-area">
      <ComposerPrimitive.AttachmentDropzone className="composer-drop">
        <ComposerPrimitive.Root className="composer">
          <div className="attachments">
            <ComposerPrimitive.Attachments components={{ Attachment: RemovableAttachment }} />
          </div>
          <ComposerPrimitive.Input
            className={INPUT}
            placeholder="Write a message. Drop or paste images and files."
            aria-label="Message"
            maxRows={10}
            autoFocus
          />
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Group gap={4}>
              <AddFiles />
              <ShowRequest />
            </Group>
            <SendOrStop />
          </Group>
        </ComposerPrimitive.Root>
      </ComposerPrimitive.AttachmentDropzone>
    </div>
  );
}

function AddFiles(): ReactNode {
  return (
    <Tooltip label="Add images or files">
      <ComposerPrimitive.AddAttachment asChild>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Add images or files">
          <IconPaperclip size={18} />
        </ActionIcon>
      </ComposerPrimitive.AddAttachment>
    </Tooltip>
  );
}

/** The button that sends, or stops the answer that is arriving. */
function SendOrStop(): ReactNode {
  const isRunning = useAuiState(({ thread }) => thread.isRunning);
  if (isRunning)
    return (
      <ComposerPrimitive.Cancel asChild>
        <ActionIcon size="lg" radius="xl" aria-label="Stop" color="gray" variant="filled">
          <IconPlayerStopFilled size={16} />
        </ActionIcon>
      </ComposerPrimitive.Cancel>
    );
  return (
    <ComposerPrimitive.Send asChild>
      <ActionIcon size="lg" radius="xl" aria-label="Send">
        <IconArrowUp size={18} />
      </ActionIcon>
    </ComposerPrimitive.Send>
  );
}
