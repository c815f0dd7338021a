import { type ReactNode, useEffect, useRef } from "react";
import { useLocation, useRoute, useSearch } from "wouter";
import { ChatPage } from "../chat/chat-page.tsx";
import { ConversationRuntime } from "./conversation-runtime.tsx";
import { useConversations } from "./conversations-provider.tsx";

/** Holds the conversations that are live, whatever page is shown, and shows the current one on the page of the chat. */
export function ConversationHost(): ReactNode {
  const { current, live } = useConversations();
  const [isChat] = useRoute("/chat/:id?");
  useConversationAddress();
  return live.map((one) => (
    <ConversationRuntime key={one.key} live={one}>
      {isChat && one.key === current.key ? <ChatPage /> : null}
    </ConversationRuntime>
  ));
}

/** The address names the current conversation, so that it can be reloaded and that Back leads to the one before. */
function useConversationAddress(): void {
  const [isChat, params] = useRoute("/chat/:id?");
  const id = isChat ? params.id : undefined;
  const search = useSearch();
  const [, navigate] = useLocation();
  const conversations = useConversations();
  const now = useRef(conversations);
  now.current = conversations;
  const {
    current: { id: currentId, isStored },
    path,
  } = conversations;

  // The address was changed.
  useEffect(() => {
    const { current, open, begin } = now.current;
    if (!isChat) return;
    if (id !== undefined && id !== current.id) open(id);
    // A query is about the current conversation.
    else if (id === undefined && current.isStored && search === "") begin();
  }, [isChat, id, search]);

  // The conversation was changed: it has its first message, or goes on as a copy.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed address is followed above
  useEffect(() => {
    if (isChat && isStored && id !== currentId && (id === undefined || !now.current.live.some((one) => one.id === id)))
      navigate(path, { replace: true });
  }, [currentId, isStored]);
}
