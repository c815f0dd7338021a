import { type Attachment, type CompleteAttachment, type PendingAttachment, useAui, useAuiState } from "@assistant-ui/react";
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconCode } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { notifyFailed } from "../shared/notify.ts";
import { attachments } from "./attachments.ts";
import { useChat } from "./chat-provider.tsx";
import { type ModelRequest, requestOf } from "./request.ts";
import { RequestDialog } from "./request-dialog.tsx";

/** A button that shows the request which Send would make. */
export function ShowRequest(): ReactNode {
  const aui = useAui();
  const { settings, connection } = useChat();
  const text = useAuiState(({ composer }) => composer.text);
  const [request, setRequest] = useState<ModelRequest | undefined>();
  const show = async (): Promise<void> => {
    const { attachments: files } = aui.composer().getState();
    try {
      const complete = await Promise.all(files.map(completed));
      const { messages } = aui.thread().getState();
      setRequest(requestOf(messages, settings, { text, attachments: complete }));
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

async function completed(attachment: Attachment): Promise<CompleteAttachment> {
  // Each attachment is complete or pending.
  return attachment.status.type === "complete" ? (attachment as CompleteAttachment) : attachments.send(attachment as PendingAttachment);
}
