import { AssistantRuntimeProvider, useLocalRuntime } from "@assistant-ui/react";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useConnections } from "../api/queries.ts";
import { attachments } from "./attachments.ts";
import { type ChatContext, createChatModel } from "./chat-model.ts";
import { type ChatSettings, storedSettings, storeSettings } from "./chat-settings.ts";

interface Chat extends ChatContext {
  /** `undefined` unsets a field. */
  change: (changes: { [F in keyof ChatSettings]?: ChatSettings[F] | undefined }) => void;
}

const ChatState = createContext<Chat | undefined>(undefined);

export function useChat(): Chat {
  const chat = useContext(ChatState);
  if (chat === undefined) throw new Error("useChat is used outside of ChatProvider");
  return chat;
}

/** Keeps the conversation while a person looks at other pages. */
export function ChatProvider({ children }: { children: ReactNode }): ReactNode {
  const [settings, setSettings] = useState<ChatSettings>(storedSettings);
  const connections = useConnections();
  const all = connections.data;
  const connection = all?.find(({ profile }) => profile.id === settings.connection);
  // Nothing was ever chosen: the default connection answers, or the first one with a model.
  const first = all?.find(({ profile }) => profile.isDefault && profile.model !== "") ?? all?.find(({ profile }) => profile.model !== "");
  useEffect(() => {
    if (settings.connection !== undefined || first === undefined) return;
    setSettings((before) => ({ ...before, connection: first.profile.id, model: first.profile.model }));
  }, [settings.connection, first]);
  useEffect(() => storeSettings(settings), [settings]);

  const chat = useMemo<Chat>(
    () => ({
      settings,
      connection,
      change: (changes) => setSettings((before) => withoutUnset({ ...before, ...changes })),
    }),
    [settings, connection],
  );
  // The runtime is made once and asks for what is chosen now.
  const current = useRef(chat);
  current.current = chat;
  const model = useMemo(() => createChatModel(() => current.current), []);
  const runtime = useLocalRuntime(model, { adapters: { attachments } });
  return (
    <ChatState value={chat}>
      <AssistantRuntimeProvider runtime={runtime}>{children}</AssistantRuntimeProvider>
    </ChatState>
  );
}

function withoutUnset(settings: object): ChatSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as unknown as ChatSettings; // only fields without a value are left out
}
