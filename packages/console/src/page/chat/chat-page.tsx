import { useAui, useAuiState } from "@assistant-ui/react";
import { ActionIcon, Badge, Group, Tooltip } from "@mantine/core";
import { IconPencilPlus } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import { useSearch } from "wouter";
import { useConnections } from "../api/queries.ts";
import { useChat } from "./chat-provider.tsx";
import { ModelPicker } from "./model-picker.tsx";
import { SettingsMenu } from "./settings-menu.tsx";
import { Thread } from "./thread.tsx";

/** The conversation. A link may choose the connection and fill in a message; it never sends one. */
export function ChatPage(): ReactNode {
  const aui = useAui();
  const hasMessages = useAuiState(({ thread }) => thread.messages.length > 0);
  const { change, connection } = useChat();
  const connections = useConnections();
  const search = useSearch();
  useEffect(() => {
    const query = new URLSearchParams(search);
    const chosen = connections.data?.find(({ profile }) => profile.id === query.get("connection"));
    if (chosen !== undefined)
      change({ connection: chosen.profile.id, model: chosen.profile.model === "" ? undefined : chosen.profile.model });
    const text = query.get("text");
    if (text !== null) aui.composer().setText(text);
    if (chosen !== undefined || text !== null) window.history.replaceState(null, "", "/chat");
  }, [search, connections.data, change, aui]);
  return (
    <div className="chat">
      <h1 className="visually-hidden">Chat</h1>
      <div className="chat-bar">
        <Group gap="xs" wrap="nowrap" className="model-choice">
          <ModelPicker />
          {connection?.demo === true && (
            <Badge color="orange" variant="light" className="badge-strong">
              Demo
            </Badge>
          )}
        </Group>
        <Group gap={6} wrap="nowrap">
          <SettingsMenu />
          <Tooltip label="New conversation">
            <ActionIcon
              variant="default"
              size="lg"
              aria-label="New conversation"
              disabled={!hasMessages}
              onClick={() => {
                aui.thread().cancelRun();
                aui.thread().reset();
              }}
            >
              <IconPencilPlus size={18} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </div>
      <Thread />
    </div>
  );
}
