import {
  type AssistantRuntime,
  AssistantRuntimeProvider,
  type ThreadHistoryAdapter,
  type ThreadMessage,
  useLocalRuntime,
} from "@assistant-ui/react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { attachments } from "../chat/attachments.ts";
import { createChatModel } from "../chat/chat-model.ts";
import { useChat } from "../chat/chat-provider.tsx";
import { notifyFailed, notifyNote } from "../shared/notify.ts";
import { ConversationKeeper } from "./conversation-keeper.ts";
import { onConversationChange, readConversation } from "./conversation-store.ts";
import { type LiveConversation, useConversations } from "./conversations-provider.tsx";
import { fromStored } from "./stored-tree.ts";

/** One conversation with its messages. It receives its answer, and is saved, while another one is shown, too. */
export function ConversationRuntime({ live: { key, id, isStored }, children }: { live: LiveConversation; children: ReactNode }): ReactNode {
  const chat = useChat();
  const { current, update, begin } = useConversations();
  const isCurrent = current.key === key;
  // The runtime is made once and asks for what is chosen now.
  const now = useRef({ chat, update, begin, isStored });
  now.current = { chat, update, begin, isStored };
  // The settings of this conversation. While it is shown they are those of the page.
  const settings = useRef(chat.settings);
  const isShown = useRef(isCurrent);
  const runtimeNow = useRef<AssistantRuntime | undefined>(undefined);
  const [keeper] = useState(
    () =>
      new ConversationKeeper({
        id,
        tree: () => runtimeNow.current?.thread.export() ?? { messages: [] },
        settings: () => settings.current,
        onSaved: () => now.current.update(key, { isStored: true }),
        onCopied: (copy) => {
          now.current.update(key, { id: copy });
          notifyNote("This conversation was changed in another tab. What you see here goes on as a copy.");
        },
        onFailed: notifyNotKept,
      }),
  );
  const model = useMemo(() => createChatModel(() => now.current.chat), []);
  const [history] = useState<ThreadHistoryAdapter>(() => ({
    load: async () => {
      if (!isStored) return { messages: [] };
      // A browser that refuses the store is one that has kept nothing.
      const found = await readConversation(id).catch(() => undefined);
      if (found === undefined) {
        if (!isShown.current) return { messages: [] };
        notifyNote("This browser does not have that conversation.");
        now.current.begin();
        return { messages: [] };
      }
      keeper.loaded(found.entry.revision);
      settings.current = found.content.settings;
      if (isShown.current) now.current.chat.replace(found.content.settings);
      return fromStored(found.content.tree);
    },
    // The keeper saves the whole conversation.
    append: async () => {},
  }));
  const runtime = useLocalRuntime(model, { adapters: { attachments, history } });
  runtimeNow.current = runtime;

  useEffect(() => {
    if (isCurrent && !isShown.current) now.current.chat.replace(settings.current);
    else if (isCurrent) settings.current = chat.settings;
    isShown.current = isCurrent;
  }, [isCurrent, chat.settings]);

  useEffect(
    () => () => {
      isShown.current = false;
    },
    [],
  );

  useEffect(() => {
    const { thread } = runtime;
    let { messages: before, isRunning: wasRunning } = thread.getState();
    const unsubscribe = thread.subscribe(() => {
      const { messages, isRunning, isLoading } = thread.getState();
      if (isRunning !== wasRunning) now.current.update(key, { isRunning });
      const isChanged = !isLoading && !isSame(before, messages);
      const hasEnded = wasRunning && !isRunning;
      before = messages;
      wasRunning = isRunning;
      if (isChanged || hasEnded) keeper.changed(isRunning);
    });
    return unsubscribe;
  }, [runtime, keeper, key]);

  useEffect(() => {
    const flush = (): void => void keeper.flush();
    // While the page is being left there is time for a save; once it is hidden there may be none.
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

  useEffect(
    () =>
      onConversationChange((change, isOwn) => {
        // A conversation that is not stored yet is not one of those that were deleted.
        const isStoredNow = now.current.isStored || keeper.revision > 0;
        if (change.type === "cleared" ? isStoredNow : change.type === "removed" && change.id === keeper.id) {
          keeper.discard();
          runtime.thread.cancelRun();
        } else if (change.type === "saved" && change.id === keeper.id && !isOwn) void follow(runtime, keeper);
        // There may be space now for what could not be saved.
        else if (change.type !== "saved") void keeper.flush();
      }),
    [runtime, keeper],
  );
  return <AssistantRuntimeProvider runtime={runtime}>{children}</AssistantRuntimeProvider>;
}

/** Shows what another tab has saved. What this tab has not saved yet is kept. */
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
