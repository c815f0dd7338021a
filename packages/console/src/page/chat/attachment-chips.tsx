import { AttachmentPrimitive, useAuiState } from "@assistant-ui/react";
import { ActionIcon, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";

/** A file of a message that was sent. */
export function AttachmentChip(): ReactNode {
  return (
    <AttachmentPrimitive.Root className="attachment attachment-sent">
      <AttachmentImage />
      <Text size="xs" className="wrap" span>
        <AttachmentPrimitive.Name />
      </Text>
    </AttachmentPrimitive.Root>
  );
}

/** A file of the next message. */
export function RemovableAttachment(): ReactNode {
  const name = useAuiState(({ attachment }) => attachment.name);
  return (
    <AttachmentPrimitive.Root className="attachment">
      <Thumbnail />
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

/** A small picture of an image that is not sent yet. */
function Thumbnail(): ReactNode {
  const file = useAuiState(({ attachment }) => (attachment.type === "image" ? attachment.file : undefined));
  const [source, setSource] = useState<string | undefined>();
  useEffect(() => {
    if (file === undefined) return;
    const url = URL.createObjectURL(file);
    setSource(url);
    return () => URL.revokeObjectURL(url);
  }, [file]);
  return source === undefined ? null : <img className="thumbnail" src={source} alt="" />;
}
