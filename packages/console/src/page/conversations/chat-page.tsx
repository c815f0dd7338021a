import { useAui, useAuiState } from "@assistant-ui/react";
import { ActionIcon, Group, Tooltip } from "@mantine/core";
import { IconHistory, IconPencilPlus } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import { useLocation, useRoute, useSearch } from "wouter";
import { useConnections, useIsDemoOnly } from "../api/queries.ts";
import { useChat } from "../chat/chat-provider.tsx";
import { ModelPicker } from "../chat/model-picker.tsx";
import { SettingsMenu } from "../chat/settings-menu.tsx";
import { Thread } from "../chat/thread.tsx";
import { LightBadge } from "../shared/light-badge.tsx";
import { useConversations, useNewConversation } from "./conversations-provider.tsx";

/** The page of the current conversation. */
export function ChatPage({ onList }: { onList: () => void }): ReactNode {
  useChatLink();
  useExistingConnection();
  return (
    <div className="chat">
      <h1 className="visually-hidden">Chat</h1>
      <ChatBar onList={onList} />
      <Thread />
    </div>
  );
}

/** Follows a link with a query: `connection` chooses a connection by its id, and `text` fills in a message. A link never sends a message. */
function useChatLink(): void {
  const aui = useAui();
  const { change } = useChat();
  const { path } = useConversations();
  const connections = useConnections();
  const isReady = useAuiState(({ thread }) => !thread.isLoading && !thread.isDisabled);
  const search = useSearch();
  const [, navigate] = useLocation();
  useEffect(() => {
    const query = new URLSearchParams(search);
    const [id, text] = [query.get("connection"), query.get("text")];
    // A conversation that is still loading would lose the text.
    if (!isReady || (id === null && text === null)) return;
    if (id !== null && connections.isPending) return;
    const chosen = connections.data?.find(({ profile }) => profile.id === id);
    if (chosen !== undefined)
      change({ connection: chosen.profile.id, model: chosen.profile.model === "" ? undefined : chosen.profile.model });
    if (text !== null) aui.composer().setText(text);
    navigate(path, { replace: true });
  }, [search, isReady, connections.isPending, connections.data, change, aui, navigate, path]);
}

/** A conversation without a message goes back to the default connection when the chosen one no longer exists. */
function useExistingConnection(): void {
  const { settings, change } = useChat();
  const { current } = useConversations();
  // After a reload, the address names a conversation before it is opened.
  const [, params] = useRoute("/chat/:id?");
  const isNew = params?.id === undefined && !current.isStored;
  const { data: connections } = useConnections();
  const { connection: id } = settings;
  const isGone = id !== undefined && connections !== undefined && !connections.some(({ profile }) => profile.id === id);
  useEffect(() => {
    if (isNew && isGone) change({ connection: undefined, model: undefined });
  }, [isNew, isGone, change]);
}

/** The bar above the messages: the list of conversations, the model, the settings, and a new conversation. */
function ChatBar({ onList }: { onList: () => void }): ReactNode {
  const { connection } = useChat();
  const { current } = useConversations();
  const startConversation = useNewConversation();
  const isDemoOnly = useIsDemoOnly();
  return (
    <div className="chat-bar">
      <Group gap="xs" wrap="nowrap" className="model-choice">
        <BarButton label="Conversations" onClick={onList}>
          <IconHistory size={18} />
        </BarButton>
        <ModelPicker />
        {connection?.demo === true && !isDemoOnly && (
          <LightBadge size="md" color="orange">
            Demo
          </LightBadge>
        )}
      </Group>
      <Group gap={6} wrap="nowrap">
        <SettingsMenu />
        <BarButton label="New conversation" disabled={!current.isStored} onClick={startConversation}>
          <IconPencilPlus size={18} />
        </BarButton>
      </Group>
    </div>
  );
}

interface BarButtonProps {
  label: string;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

function BarButton({ label, disabled = false, onClick, children }: BarButtonProps): ReactNode {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size="lg" aria-label={label} disabled={disabled} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
