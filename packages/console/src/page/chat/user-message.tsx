import { ActionBarPrimitive, ComposerPrimitive, MessagePrimitive } from "@assistant-ui/react";
import { ActionIcon, Button, Group } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { AttachmentChip } from "./attachment-chips.tsx";
import { Branches } from "./branches.tsx";
import { FilePart, Picture, PlainText } from "./message-parts.tsx";

export function UserMessage(): ReactNode {
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

/** Takes the place of a message while it is edited. */
export function EditComposer(): ReactNode {
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
