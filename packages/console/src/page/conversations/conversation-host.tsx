import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLocation, useRoute, useSearch } from "wouter";
import { useLatest } from "../shared/use-latest.ts";
import { ChatPage } from "./chat-page.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { ConversationRuntime } from "./conversation-runtime.tsx";
import { useConversations } from "./conversations-provider.tsx";

/** Keeps the live conversations while any page is shown, and shows the current one on the page of the chat. */
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

/** Keeps the address and the current conversation equal, so that a reload shows it again and Back leads to the one before. */
function useConversationAddress(): void {
  const [isChat, params] = useRoute("/chat/:id?");
  const id = isChat ? params.id : undefined;
  const search = useSearch();
  const [, navigate] = useLocation();
  const conversations = useConversations();
  const { current, path } = conversations;
  const currentId = current.id;
  const now = useLatest({ ...conversations, isChat, id });
  const followed = useRef(path);

  // The address has changed: its conversation becomes the current one.
  useEffect(() => {
    const { current, open, begin } = now.current;
    if (!isChat) return;
    if (id !== undefined && id !== current.id) open(id);
    // An address with a query is a link for the current conversation.
    else if (id === undefined && current.isStored && search === "") begin();
  }, [isChat, id, search, now]);

  // The path of the current conversation has changed: it received its first message, became a copy, was removed, or was not found.
  useEffect(() => {
    if (followed.current === path) return;
    followed.current = path;
    const isShown = now.current.id === undefined ? path === "/chat" : now.current.id === currentId;
    if (now.current.isChat && !isShown) navigate(path, { replace: true });
  }, [path, currentId, navigate, now]);
}
