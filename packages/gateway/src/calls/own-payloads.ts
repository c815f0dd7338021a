/** Returns what vendors signed or encrypted to the deployment that issued it, and to no other. */
import type { ChatRequest, Message, Part, Replay } from "@lumiverse/core";
import { CLIENT_PROVIDER, OTHER_DEPLOYMENT } from "@lumiverse/core/provider";
import { mapPayloads, tagAt } from "../inbound/shared/payload-tags.ts";
import type { PayloadTags } from "../routing/payload-tags.ts";

/** The scope of a payload whose tag was cut or changed: no deployment is known to have issued it. */
const DAMAGED = "damaged";

type Messages = ChatRequest["messages"];

/**
 * The messages without the tags of this gateway, as their vendors issued them. The tag becomes the scope of the payload's origin. The same messages where no
 * payload has a tag.
 */
export async function removeTags(messages: Messages, tags: PayloadTags): Promise<Messages> {
  const found = new Set<string>();
  changeReplays(messages, (replay) => {
    for (const tag of tagsIn(replay.data)) found.add(tag);
    return replay;
  });
  if (found.size === 0) return messages;
  const own = new Set<string>();
  for (const tag of found) if (tag === DAMAGED || (await tags.isOwn(tag))) own.add(tag);
  return changeReplays(messages, (replay) => {
    const scopes = new Set(tagsIn(replay.data).filter((tag) => own.has(tag)));
    const [scope, ...others] = scopes;
    if (scope === undefined) return replay;
    return {
      origin: { ...replay.origin, scope: others.length === 0 ? scope : DAMAGED },
      data: mapPayloads(replay.data, (text) => withoutTag(text, own)),
    };
  });
}

/** A host can send one payload in pieces, and each of them was given the tag. */
function withoutTag(text: string, own: ReadonlySet<string>): string {
  const tag = tagAt(text);
  return tag === undefined || tag === DAMAGED || !own.has(tag) ? text : text.replaceAll(tag, "");
}

/** The request as the deployment with a tag may receive it: payloads that another one issued are marked, and core leaves them out. */
export function withOwnPayloads<T>(request: ChatRequest<T>, tag: string): ChatRequest<T> {
  const messages = changeReplays(request.messages, (replay) =>
    isTagged(replay) && replay.origin.scope !== tag ? { ...replay, origin: { ...replay.origin, scope: OTHER_DEPLOYMENT } } : replay,
  );
  return messages === request.messages ? request : { ...request, messages };
}

/**
 * The tag of the newest payload in the open turn, which is what came after the last message of the user. Reasoning of a turn that has ended is of little use to its
 * vendor, so it does not decide which target answers.
 */
export function newestTag(messages: Messages): string | undefined {
  const turn = messages.slice(messages.findLastIndex(({ role }) => role === "user") + 1);
  return turn.flatMap(replaysOf).findLast(isTagged)?.origin.scope;
}

/** Whether a payload has had a tag, or a damaged one. */
function isTagged({ origin }: Replay): boolean {
  return origin.provider === CLIENT_PROVIDER && (origin.scope === DAMAGED || tagAt(origin.scope) !== undefined);
}

/** Whether a payload of the messages has had a tag. */
export function hasTags(messages: Messages): boolean {
  return messages.some((message) => replaysOf(message).some(isTagged));
}

function replaysOf(message: Message): Replay[] {
  if (message.role !== "assistant") return [];
  const parts: readonly Part[] = typeof message.content === "string" ? [] : message.content;
  const replays = parts.flatMap((part) => ("replay" in part && part.replay !== undefined ? [part.replay] : []));
  return message.replay === undefined ? replays : [...replays, message.replay];
}

/** The messages with other payloads. What does not change stays the same object. */
function changeReplays(messages: Messages, change: (replay: Replay) => Replay): Messages {
  let changed: Message[] | undefined;
  messages.forEach((message, at) => {
    if (message.role !== "assistant") return;
    const next = changeMessage(message, change);
    if (next === message) return;
    changed ??= [...messages];
    changed[at] = next;
  });
  return changed ?? messages;
}

function changeMessage(message: Message & { role: "assistant" }, change: (replay: Replay) => Replay): Message {
  const changed = changeHolder(message, change);
  const { content } = changed;
  if (typeof content === "string") return changed;
  const parts = content.map((part) => changeHolder(part, change));
  return parts.every((part, at) => part === content[at]) ? changed : { ...changed, content: parts };
}

function changeHolder<H extends Part | (Message & { role: "assistant" })>(holder: H, change: (replay: Replay) => Replay): H {
  const replay = "replay" in holder ? holder.replay : undefined;
  if (replay?.origin.provider !== CLIENT_PROVIDER) return holder;
  const next = change(replay);
  return next === replay ? holder : { ...holder, replay: next };
}

function tagsIn(data: unknown): string[] {
  const tags: string[] = [];
  mapPayloads(data, (text) => {
    const tag = tagAt(text);
    if (tag !== undefined) tags.push(tag);
    return text;
  });
  return tags;
}
