/** The conversations of this browser, in its IndexedDB. They never leave the browser. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Conversation, ConversationContent, ConversationEntry } from "./conversation.ts";

interface Schema extends DBSchema {
  entries: { key: string; value: ConversationEntry };
  contents: { key: string; value: ConversationContent };
}

/** A change that this tab or another one has made. */
export type ConversationChange = { type: "saved" | "removed"; id: string } | { type: "cleared" };

/** The result of a save. `conflict`: another tab has saved the conversation meanwhile. `gone`: somebody has removed it. */
export type SaveResult = { outcome: "saved"; entry: ConversationEntry } | { outcome: "conflict" | "gone" };

const NAME = "lumiverse-conversations";

let opened: Promise<IDBPDatabase<Schema>> | undefined;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("entries", { keyPath: "id" });
      db.createObjectStore("contents", { keyPath: "id" });
    },
    // Another tab has a newer version of the page, or the database is being deleted.
    blocking: (_current, _blocked, event) => {
      opened = undefined;
      (event.target as IDBDatabase | null)?.close();
    },
    terminated: () => {
      opened = undefined;
    },
  });
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
}

const channel = new BroadcastChannel(NAME);
const listeners = new Set<(change: ConversationChange, isOwn: boolean) => void>();
channel.addEventListener("message", ({ data }: MessageEvent<ConversationChange>) => {
  for (const listener of listeners) listener(data, false);
});

function announce(change: ConversationChange): void {
  channel.postMessage(change);
  for (const listener of listeners) listener(change, true);
}

/** Calls the listener after each change. `isOwn` is false for a change of another tab. Returns a function that stops this. */
export function onConversationChange(listener: (change: ConversationChange, isOwn: boolean) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** All conversations. The last changed comes first. */
export async function listConversations(): Promise<ConversationEntry[]> {
  return (await (await database()).getAll("entries")).sort((a, b) => b.updatedAt - a.updatedAt);
}

/** The conversation with that id. `undefined`: this browser does not have it. */
export async function readConversation(id: string): Promise<Conversation | undefined> {
  const transaction = (await database()).transaction(["entries", "contents"]);
  const [entry, content] = await Promise.all([transaction.objectStore("entries").get(id), transaction.objectStore("contents").get(id)]);
  return entry === undefined || content === undefined ? undefined : { entry, content };
}

/** Saves a conversation. `revision` is that of the previous save. 0: the conversation is new. */
export async function saveConversation(content: ConversationContent, title: string, revision: number): Promise<SaveResult> {
  const transaction = (await database()).transaction(["entries", "contents"], "readwrite");
  const entries = transaction.objectStore("entries");
  const before = await entries.get(content.id);
  if ((before?.revision ?? 0) !== revision) {
    await transaction.done;
    return { outcome: before === undefined ? "gone" : "conflict" };
  }
  const now = Date.now();
  const entry: ConversationEntry = {
    id: content.id,
    title: before?.isRenamed === true ? before.title : title,
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
    revision: revision + 1,
    ...(before?.isRenamed === true ? { isRenamed: true } : {}),
  };
  // The content comes first: if it cannot be stored, `put` throws before the entry is written.
  await Promise.all([transaction.objectStore("contents").put(content), entries.put(entry), transaction.done]);
  announce({ type: "saved", id: content.id });
  return { outcome: "saved", entry };
}

/** Gives the conversation a title. Its revision stays the same, because its messages do. */
export async function renameConversation(id: string, title: string): Promise<void> {
  const transaction = (await database()).transaction("entries", "readwrite");
  const entry = await transaction.store.get(id);
  if (entry !== undefined) await transaction.store.put({ ...entry, title, isRenamed: true });
  await transaction.done;
  announce({ type: "saved", id });
}

export async function removeConversation(id: string): Promise<void> {
  const transaction = (await database()).transaction(["entries", "contents"], "readwrite");
  await Promise.all([transaction.objectStore("entries").delete(id), transaction.objectStore("contents").delete(id), transaction.done]);
  announce({ type: "removed", id });
}

export async function removeAllConversations(): Promise<void> {
  const transaction = (await database()).transaction(["entries", "contents"], "readwrite");
  await Promise.all([transaction.objectStore("entries").clear(), transaction.objectStore("contents").clear(), transaction.done]);
  announce({ type: "cleared" });
}
