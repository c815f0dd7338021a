/** Conversations on disk: one file each, readable by their owner alone. */
import { readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dataFolder, makeFolder } from "@lumiverse/connections/node";
import { LumiverseError, type Message } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { readTextFile } from "../terminal/files.ts";

export interface SavedConversation {
  version: 1;
  id: string;
  /** Given with /save. */
  name?: string;
  /** The connection's name or the provider's id. */
  target: string;
  model: string;
  system?: string;
  /** Without the system message. */
  messages: readonly Message[];
  /** ISO date and time. */
  updatedAt: string;
}

export interface ConversationFolder {
  /** Replaces the stored conversation with the same id, whole or not at all. */
  save(conversation: SavedConversation): Promise<void>;
  /** The newest first. Files that cannot be read are left out. */
  list(): Promise<SavedConversation[]>;
  /** By name, id, or the beginning of an id. Without one: the newest. */
  find(name?: string): Promise<SavedConversation | undefined>;
}

/** A new id. Ids sort by time. */
export function newConversationId(): string {
  const time = new Date()
    .toISOString()
    .replace(/[^0-9]/g, "")
    .slice(0, 14);
  return `${time}-${crypto.randomUUID().slice(0, 8)}`;
}

export function conversationFolder(folder: string = join(dataFolder(), "conversations")): ConversationFolder {
  const list = async (): Promise<SavedConversation[]> => {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json"));
    const read = await Promise.all(names.map((name) => readConversation(join(folder, name)).catch(() => undefined)));
    return read.filter((one) => one !== undefined).sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  };
  return {
    list,
    async save(conversation) {
      await makeFolder(folder);
      await writeConversation(join(folder, `${conversation.id}.json`), conversation);
    },
    async find(name) {
      const all = await list();
      if (name === undefined) return all[0];
      const wanted = name.toLowerCase();
      return all.find((one) => one.name?.toLowerCase() === wanted || one.id === name) ?? all.find(({ id }) => id.startsWith(name));
    },
  };
}

/** The time of the last change, in the time zone of this machine, such as `2026-11-30 14:05`. */
export function timeOf({ updatedAt }: SavedConversation): string {
  const date = new Date(updatedAt);
  if (Number.isNaN(date.getTime())) return updatedAt;
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The conversation as it is stored. */
export function savedForm({
  id,
  name,
  target,
  model,
  system,
  messages,
}: Omit<SavedConversation, "version" | "updatedAt">): SavedConversation {
  return {
    version: 1,
    id,
    ...(name === undefined ? {} : { name }),
    target,
    model,
    ...(system === undefined ? {} : { system }),
    messages,
    updatedAt: new Date().toISOString(),
  };
}

/** Writes a temporary file and renames it, so that a crash leaves the old file whole. */
export async function writeConversation(path: string, conversation: SavedConversation): Promise<void> {
  const draft = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  await writeFile(draft, `${JSON.stringify(conversation, undefined, 1)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

/** @throws LumiverseError `configuration` for a file that cannot be read or holds no conversation */
export async function readConversation(path: string): Promise<SavedConversation> {
  const invalid = (reason: string, cause?: unknown): LumiverseError =>
    new LumiverseError({ code: "configuration", message: `${path} holds no saved conversation: ${reason}`, cause });
  const text = await readTextFile(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  if (!isObject(value) || value["version"] !== 1) throw invalid("its version is unknown");
  const { id, name, target, model, system, messages, updatedAt } = value;
  const texts = [id, target, model, updatedAt];
  if (!texts.every((one) => typeof one === "string") || !Array.isArray(messages) || !messages.every(isMessage))
    throw invalid("a field is missing or has another type");
  return {
    version: 1,
    // The id becomes the name of a file, and the file that is read can come from anybody.
    id: /^[\w-]{1,80}$/.test(String(id)) ? String(id) : newConversationId(),
    ...(typeof name === "string" ? { name } : {}),
    target: String(target),
    model: String(model),
    ...(typeof system === "string" ? { system } : {}),
    messages,
    updatedAt: String(updatedAt),
  };
}

const ROLES: ReadonlySet<unknown> = new Set(["user", "assistant", "tool"]);

/** Core checks the parts when the messages are sent. */
function isMessage(value: unknown): value is Message {
  return isObject(value) && ROLES.has(value["role"]) && (typeof value["content"] === "string" || Array.isArray(value["content"]));
}
