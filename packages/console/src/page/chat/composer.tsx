import { ComposerPrimitive, useAuiState } from "@assistant-ui/react";
import { ActionIcon, Group, Tooltip } from "@mantine/core";
import { IconArrowUp, IconPaperclip, IconPlayerStopFilled } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { RemovableAttachment } from "./attachment-chips.tsx";
import { ShowRequest } from "./show-request.tsx";

/** Where the next message is written. */
export function Composer(): ReactNode {
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
