import { useAui, useAuiState } from "@assistant-ui/react";
import { ActionIcon, Badge, Group, Tooltip } from "@mantine/core";
import { IconHistory, IconPencilPlus } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import { useLocation, useSearch } from "wouter";
import { useConnections, useIsDemoOnly } from "../api/queries.ts";
import { useChat } from "../chat/chat-provider.tsx";
import { ModelPicker } from "../chat/model-picker.tsx";
import { SettingsMenu } from "../chat/settings-menu.tsx";
import { Thread } from "../chat/thread.tsx";
import { useConversations } from "./conversations-provider.tsx";

/** The conversation. A link may choose the connection and fill in a message; it never sends one. */
export function ChatPage({ onList }: { onList: () => void }): ReactNode {
  const aui = useAui();
  const { change, connection } = useChat();
  const { current, path, begin } = useConversations();
  const connections = useConnections();
  const isReady = useAuiState(({ thread }) => !thread.isLoading && !thread.isDisabled);
  const isDemoOnly = useIsDemoOnly();
  const search = useSearch();
  const [, navigate] = useLocation();
  useEffect(() => {
    const query = new URLSearchParams(search);
    const [id, text] = [query.get("connection"), query.get("text")];
    // A draft is lost in a conversation that is not there yet.
    if (!isReady || (id === null && text === null)) return;
    // The connection is known when the list is there.
    if (id !== null && connections.isPending) return;
    const chosen = connections.data?.find(({ profile }) => profile.id === id);
    if (chosen !== undefined)
      change({ connection: chosen.profile.id, model: chosen.profile.model === "" ? undefined : chosen.profile.model });
    if (text !== null) aui.composer().setText(text);
    navigate(path, { replace: true });
  }, [search, isReady, connections.isPending, connections.data, change, aui, navigate, path]);
  return (
    <div className="chat">
      <h1 className="visually-hidden">Chat</h1>
      <div className="chat-bar">
        <Group gap="xs" wrap="nowrap" className="model-choice">
          <Tooltip label="Conversations">
            <ActionIcon variant="default" size="lg" aria-label="Conversations" onClick={onList}>
              <IconHistory size={18} />
            </ActionIcon>
          </Tooltip>
          <ModelPicker />
          {connection?.demo === true && !isDemoOnly && (
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
              disabled={!current.isStored}
              onClick={() => {
                begin();
                navigate("/chat");
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
