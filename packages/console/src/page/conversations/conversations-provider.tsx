import { type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { newId } from "../shared/new-id.ts";
import type { ConversationEntry } from "./conversation.ts";
import { listConversations, onConversationChange } from "./conversation-store.ts";

/** A conversation with a runtime: the one that is shown, or one whose answer still arrives. */
export interface LiveConversation {
  /** Stays the same when a conversation goes on as a copy. */
  key: string;
  id: string;
  /** False for a new one without a message. */
  isStored: boolean;
  isRunning: boolean;
}

export interface Conversations {
  current: LiveConversation;
  live: readonly LiveConversation[];
  /** The page of the current conversation. */
  path: string;
  /** Starts a new conversation. */
  begin: () => void;
  open: (id: string) => void;
  /** Notes what has become of a live conversation. */
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

/** The conversations of this browser, the newest first. */
export function useConversationList(): UseQueryResult<ConversationEntry[]> {
  const queries = useQueryClient();
  useEffect(() => onConversationChange(() => void queries.invalidateQueries({ queryKey: ["conversations"] })), [queries]);
  return useQuery({ queryKey: ["conversations"], queryFn: listConversations });
}

/** Knows which conversation is shown, and which ones still receive an answer. */
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

/** A conversation that is not shown lives until its answer has ended. */
function kept(live: readonly LiveConversation[], currentKey: string): LiveConversation[] {
  return live.filter(({ key, isRunning }) => isRunning || key === currentKey);
}
