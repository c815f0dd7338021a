import {
  type AssistantRuntime,
  AssistantRuntimeProvider,
  type ThreadHistoryAdapter,
  type ThreadMessage,
  useLocalRuntime,
} from "@assistant-ui/react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { attachments } from "../chat/attachments.ts";
import { createChatModel } from "../chat/chat-model.ts";
import { useChat } from "../chat/chat-provider.tsx";
import type { ChatSettings } from "../chat/chat-settings.ts";
import { notifyFailed, notifyNote } from "../shared/notify.ts";
import { useLatest } from "../shared/use-latest.ts";
import { ConversationKeeper } from "./conversation-keeper.ts";
import { onConversationChange, readConversation } from "./conversation-store.ts";
import { type LiveConversation, useConversations } from "./conversations-provider.tsx";
import { fromStored } from "./stored-tree.ts";

/** Holds the messages of one conversation. It receives its answer, and is saved, also while another conversation is shown. */
export function ConversationRuntime({ live, children }: { live: LiveConversation; children: ReactNode }): ReactNode {
  const { key, id, isStored } = live;
  const chat = useLatest(useChat());
  const { current, update, begin } = useConversations();
  const settings = useOwnSettings(current.key === key);
  const started = useRef<AssistantRuntime | undefined>(undefined);
  const [keeper] = useState(
    () =>
      new ConversationKeeper({
        id,
        tree: () => started.current?.thread.export() ?? { messages: [] },
        settings: settings.now,
        onSaved: () => update(key, { isStored: true }),
        onCopied: (copy) => {
          update(key, { id: copy });
          notifyNote("This conversation was changed in another tab. This tab continues with a copy of it.");
        },
        onFailed: notifyNotKept,
      }),
  );
  const [history] = useState(() => (isStored ? storedHistory(keeper, settings, begin) : NO_HISTORY));
  const [model] = useState(() => createChatModel(() => chat.current));
  const runtime = useLocalRuntime(model, { adapters: { attachments, history } });
  started.current = runtime;
  useSaves(runtime, keeper, (isRunning) => update(key, { isRunning }));
  useOtherChanges(runtime, keeper, isStored);
  return <AssistantRuntimeProvider runtime={runtime}>{children}</AssistantRuntimeProvider>;
}

/** The settings of one conversation. While it is shown, they are the settings of the page. */
interface OwnSettings {
  now: () => ChatSettings;
  isShown: () => boolean;
  /** Takes the settings of the stored conversation. */
  load: (stored: ChatSettings) => void;
}

function useOwnSettings(isCurrent: boolean): OwnSettings {
  const { settings, replace } = useChat();
  const own = useRef(settings);
  const isShown = useRef(isCurrent);
  useEffect(() => {
    if (isCurrent && !isShown.current) replace(own.current);
    else if (isCurrent) own.current = settings;
    isShown.current = isCurrent;
  }, [isCurrent, settings, replace]);
  useEffect(
    () => () => {
      isShown.current = false;
    },
    [],
  );
  return {
    now: () => own.current,
    isShown: () => isShown.current,
    load: (stored) => {
      own.current = stored;
      if (isShown.current) replace(stored);
    },
  };
}

// The keeper saves the whole conversation, so the chat component appends nothing.
const NO_HISTORY: ThreadHistoryAdapter = { load: async () => ({ messages: [] }), append: async () => {} };

/** Loads the stored conversation once. `begin` starts a new conversation if the one that is shown was not found. */
function storedHistory(keeper: ConversationKeeper, settings: OwnSettings, begin: () => void): ThreadHistoryAdapter {
  return {
    ...NO_HISTORY,
    load: async () => {
      // A browser that refuses its storage has stored nothing.
      const found = await readConversation(keeper.id).catch(() => undefined);
      if (found === undefined) {
        if (settings.isShown()) {
          notifyNote("This browser does not have that conversation.");
          begin();
        }
        return { messages: [] };
      }
      keeper.loaded(found.entry.revision);
      settings.load(found.content.settings);
      return fromStored(found.content.tree);
    },
  };
}

/** Saves the conversation after each change, and before the page is left. */
function useSaves(runtime: AssistantRuntime, keeper: ConversationKeeper, onRunning: (isRunning: boolean) => void): void {
  const report = useLatest(onRunning);
  useEffect(() => {
    const { thread } = runtime;
    let { messages: before, isRunning: wasRunning } = thread.getState();
    return thread.subscribe(() => {
      const { messages, isRunning, isLoading } = thread.getState();
      if (isRunning !== wasRunning) report.current(isRunning);
      const isChanged = !isLoading && !isSame(before, messages);
      const hasEnded = wasRunning && !isRunning;
      before = messages;
      wasRunning = isRunning;
      if (isChanged || hasEnded) keeper.changed(isRunning);
    });
  }, [runtime, keeper, report]);

  useEffect(() => {
    const flush = (): void => void keeper.flush();
    // A save needs time. `beforeunload` leaves some; once the page is hidden there may be none.
    window.addEventListener("beforeunload", flush);
    window.addEventListener("pagehide", flush);
    document.addEventListener("visibilitychange", flush);
    return () => {
      window.removeEventListener("beforeunload", flush);
      window.removeEventListener("pagehide", flush);
      document.removeEventListener("visibilitychange", flush);
      flush();
    };
  }, [keeper]);
}

/** Follows what other tabs, and the list of conversations, do with the stored conversation. */
function useOtherChanges(runtime: AssistantRuntime, keeper: ConversationKeeper, isStored: boolean): void {
  const stored = useLatest(isStored);
  useEffect(
    () =>
      onConversationChange((change, isOwn) => {
        // Deleting all conversations spares one that is not stored yet.
        const isDeleted =
          change.type === "cleared" ? stored.current || keeper.revision > 0 : change.type === "removed" && change.id === keeper.id;
        if (isDeleted) {
          keeper.discard();
          runtime.thread.cancelRun();
        } else if (change.type !== "saved") {
          // There may be space now for changes that could not be saved.
          void keeper.flush();
        } else if (change.id === keeper.id && !isOwn) {
          void follow(runtime, keeper);
        }
      }),
    [runtime, keeper, stored],
  );
}

/** Shows what another tab has saved, unless this tab has changes that are not saved. */
async function follow({ thread }: AssistantRuntime, keeper: ConversationKeeper): Promise<void> {
  const found = await readConversation(keeper.id).catch(() => undefined);
  if (found === undefined || found.entry.revision === keeper.revision || keeper.hasUnsaved || thread.getState().isRunning) return;
  thread.import(fromStored(found.content.tree));
  keeper.loaded(found.entry.revision);
}

function notifyNotKept(cause: unknown): void {
  const isFull = cause instanceof DOMException && cause.name === "QuotaExceededError";
  notifyFailed(
    new Error(
      isFull
        ? "The conversation could not be kept, because this browser has no space left for it. Delete older conversations."
        : "The conversation could not be kept in this browser. It ends when the page is closed.",
    ),
  );
}

function isSame(a: readonly ThreadMessage[], b: readonly ThreadMessage[]): boolean {
  return a.length === b.length && a.every((message, index) => message === b[index]);
}
