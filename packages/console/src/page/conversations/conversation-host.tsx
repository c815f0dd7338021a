import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLocation, useRoute, useSearch } from "wouter";
import { ChatPage } from "./chat-page.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { ConversationRuntime } from "./conversation-runtime.tsx";
import { useConversations } from "./conversations-provider.tsx";

/** Holds the conversations that are live, whatever page is shown, and shows the current one on the page of the chat. */
export function ConversationHost(): ReactNode {
  const { current, live } = useConversations();
  const [isChat] = useRoute("/chat/:id?");
  const [isListOpen, setListOpen] = useState(false);
  useConversationAddress();
  return (
    <>
      {live.map((one) => (
        <ConversationRuntime key={one.key} live={one}>
          {isChat && one.key === current.key ? <ChatPage onList={() => setListOpen(true)} /> : null}
        </ConversationRuntime>
      ))}
      <ConversationList opened={isListOpen && isChat} onClose={() => setListOpen(false)} />
    </>
  );
}

/** The address names the current conversation, so that it can be reloaded and that Back leads to the one before. */
function useConversationAddress(): void {
  const [isChat, params] = useRoute("/chat/:id?");
  const id = isChat ? params.id : undefined;
  const search = useSearch();
  const [, navigate] = useLocation();
  const conversations = useConversations();
  const now = useRef({ ...conversations, isChat, id });
  now.current = { ...conversations, isChat, id };
  const {
    current: { id: currentId },
    path,
  } = conversations;
  const followed = useRef(path);

  // The address was changed.
  useEffect(() => {
    const { current, open, begin } = now.current;
    if (!isChat) return;
    if (id !== undefined && id !== current.id) open(id);
    // A query is about the current conversation.
    else if (id === undefined && current.isStored && search === "") begin();
  }, [isChat, id, search]);

  // The conversation was changed: it has its first message, goes on as a copy, was removed, or is not there.
  useEffect(() => {
    if (followed.current === path) return;
    followed.current = path;
    const isShown = now.current.id === undefined ? path === "/chat" : now.current.id === currentId;
    if (now.current.isChat && !isShown) navigate(path, { replace: true });
  }, [path, currentId, navigate]);
}
