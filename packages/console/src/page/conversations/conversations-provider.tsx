import { type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { newId } from "../shared/new-id.ts";
import type { ConversationEntry } from "./conversation.ts";
import { listConversations, onConversationChange } from "./conversation-store.ts";

/** A conversation with a runtime: the one that is shown, or one that still receives an answer. */
export interface LiveConversation {
  /** Identifies the runtime. It stays the same when the conversation continues as a copy with another id. */
  key: string;
  id: string;
  /** False for a new conversation without a message. */
  isStored: boolean;
  isRunning: boolean;
}

export interface Conversations {
  current: LiveConversation;
  live: readonly LiveConversation[];
  /** The address of the current conversation. */
  path: string;
  /** Makes a new conversation the current one. Does nothing if the current one is new. */
  begin: () => void;
  /** Makes the conversation with that id the current one. */
  open: (id: string) => void;
  /** Changes fields of a live conversation. */
  update: (key: string, changes: Partial<Omit<LiveConversation, "key">>) => void;
}

interface State {
  currentKey: string;
  live: readonly LiveConversation[];
}

const ConversationsState = createContext<Conversations | undefined>(undefined);

export function useConversations(): Conversations {
  const conversations = useContext(ConversationsState);
  if (conversations === undefined) throw new Error("useConversations is used outside of ConversationsProvider");
  return conversations;
}

/** Returns a function that starts a new conversation and shows it. */
export function useNewConversation(): () => void {
  const { begin } = useConversations();
  const [, navigate] = useLocation();
  return () => {
    begin();
    navigate("/chat");
  };
}

/** The conversations of this browser. The last changed comes first. */
export function useConversationList(): UseQueryResult<ConversationEntry[]> {
  const queries = useQueryClient();
  useEffect(() => onConversationChange(() => void queries.invalidateQueries({ queryKey: ["conversations"] })), [queries]);
  return useQuery({ queryKey: ["conversations"], queryFn: listConversations });
}

/** Keeps which conversation is shown, and which ones still receive an answer. */
export function ConversationsProvider({ children }: { children: ReactNode }): ReactNode {
  const [state, setState] = useState<State>(() => withCurrent([], newConversation()));
  const begin = useCallback(
    () => setState((before) => (currentOf(before).isStored ? withCurrent(before.live, newConversation()) : before)),
    [],
  );
  const open = useCallback(
    (id: string) =>
      setState(({ live }) =>
        withCurrent(live, live.find((one) => one.id === id) ?? { key: newId(), id, isStored: true, isRunning: false }),
      ),
    [],
  );
  const update = useCallback<Conversations["update"]>(
    (key, changes) =>
      setState(({ currentKey, live }) => ({
        currentKey,
        live: kept(
          live.map((one) => (one.key === key ? { ...one, ...changes } : one)),
          currentKey,
        ),
      })),
    [],
  );
  useEffect(
    () =>
      onConversationChange((change) => {
        if (change.type === "saved") return;
        setState((before) => {
          const live = before.live.filter(({ id, isStored }) => (change.type === "cleared" ? !isStored : id !== change.id));
          return live.some(({ key }) => key === before.currentKey) ? { ...before, live } : withCurrent(live, newConversation());
        });
      }),
    [],
  );
  const conversations = useMemo<Conversations>(() => {
    const current = currentOf(state);
    return { current, live: state.live, path: current.isStored ? `/chat/${current.id}` : "/chat", begin, open, update };
  }, [state, begin, open, update]);
  return <ConversationsState value={conversations}>{children}</ConversationsState>;
}

function newConversation(): LiveConversation {
  return { key: newId(), id: newId(), isStored: false, isRunning: false };
}

function currentOf({ currentKey, live }: State): LiveConversation {
  const current = live.find(({ key }) => key === currentKey);
  if (current === undefined) throw new Error("the current conversation is always live");
  return current;
}

function withCurrent(live: readonly LiveConversation[], current: LiveConversation): State {
  const others = live.filter(({ key }) => key !== current.key);
  return { currentKey: current.key, live: kept([...others, current], current.key) };
}

/** Drops conversations that are not shown and receive no answer. */
function kept(live: readonly LiveConversation[], currentKey: string): LiveConversation[] {
  return live.filter(({ key, isRunning }) => isRunning || key === currentKey);
}
