import type { ConnectionView } from "@lumiverse/gateway/admin";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { useConnections } from "../api/queries.ts";
import { type ChatSettings, storedSettings, storeSettings } from "./chat-settings.ts";

/** Which connection and model answer, and with which settings. */
export interface Chat {
  settings: ChatSettings;
  /** The chosen connection. Absent: none is chosen, it no longer exists, or the connections are not loaded. */
  connection: ConnectionView | undefined;
  /** Why the connections could not be loaded. */
  problem: Error | undefined;
  /** Changes some settings. The value `undefined` removes a setting. */
  change: (changes: { [F in keyof ChatSettings]?: ChatSettings[F] | undefined }) => void;
  replace: (settings: ChatSettings) => void;
}

const ChatState = createContext<Chat | undefined>(undefined);

export function useChat(): Chat {
  const chat = useContext(ChatState);
  if (chat === undefined) throw new Error("useChat is used outside of ChatProvider");
  return chat;
}

/** Keeps the choice while other pages are shown, and in this browser for the next visit. */
export function ChatProvider({ children }: { children: ReactNode }): ReactNode {
  const [settings, setSettings] = useState<ChatSettings>(storedSettings);
  const connections = useConnections();
  const all = connections.data;
  const connection = all?.find(({ profile }) => profile.id === settings.connection);
  // Until the person chooses, the default connection answers, or the first one with a model.
  const ready = all?.filter(({ profile }) => profile.isEnabled && profile.model !== "");
  const first = ready?.find(({ profile }) => profile.isDefault) ?? ready?.[0];
  const isOff = connection?.profile.isEnabled === false;
  const { connection: chosen, model, followsDefault = chosen === undefined } = settings;
  useEffect(() => {
    // A connection that is switched off stays the choice, so that nobody is led to another vendor unseen.
    if (!followsDefault || first === undefined || isOff) return;
    const { id, model: own } = first.profile;
    if (chosen !== id || model !== own) setSettings((before) => ({ ...before, connection: id, model: own, followsDefault: true }));
  }, [followsDefault, isOff, chosen, model, first]);
  useEffect(() => storeSettings(settings), [settings]);

  const problem = all === undefined ? (connections.error ?? undefined) : undefined;
  const chat = useMemo<Chat>(
    () => ({
      settings,
      connection,
      problem,
      change: (changes) =>
        setSettings((before) => withoutUnset({ ...before, ...("connection" in changes ? { followsDefault: undefined } : {}), ...changes })),
      replace: setSettings,
    }),
    [settings, connection, problem],
  );
  return <ChatState value={chat}>{children}</ChatState>;
}

function withoutUnset(settings: object): ChatSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as unknown as ChatSettings; // `system` always has a value
}
