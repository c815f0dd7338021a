/** Returns what vendors signed or encrypted to the deployment that issued it, and to no other. */
import type { ChatRequest, Message, Part, Replay } from "@lumiverse/core";
import { CLIENT_PROVIDER } from "@lumiverse/core/provider";
import { ofOtherDeployment } from "../inbound/shared/client-origin.ts";
import { mapPayloads, TAG_MARK, tagAt } from "../inbound/shared/payload-tags.ts";
import type { PayloadTags } from "../routing/payload-tags.ts";

type Messages = ChatRequest["messages"];
type Change = (replay: Replay) => Replay;

/** Stands before the tag in the scope of an origin. */
const BEFORE_TAG = "#";

/** Different tags of one conversation that are looked at. More than a gateway has connections would cost time alone. */
const MOST_TAGS = 1000;

/** A payload of an answer in the neutral form, whose origin says which deployment issued it. */
export function withTaggedOrigin(replay: Replay, tag: string): Replay {
  return { ...replay, origin: { ...replay.origin, scope: replay.origin.scope + BEFORE_TAG + tag } };
}

/** The tag of the deployment that issued a payload, or `damaged`. */
function issuerOf({ origin }: Replay): string | undefined {
  // A client of the neutral form can send anything here.
  const scope: unknown = origin.scope;
  const at = typeof scope === "string" ? scope.lastIndexOf(BEFORE_TAG) : -1;
  return at < 0 ? undefined : tagAt(origin.scope.slice(at + BEFORE_TAG.length));
}

/**
 * The messages as their vendors issued the payloads: the tags of this gateway are moved to the origins. What another gateway tagged stays as it is, because that
 * gateway can be the vendor of a connection. `hasTags`: there was a tag, or what is left of one.
 */
export async function moveTags(messages: Messages, tags: PayloadTags): Promise<{ messages: Messages; hasTags: boolean }> {
  const found = new Set<string>();
  let hasTags = false;
  changeReplays(messages, (replay) => {
    if (issuerOf(replay) !== undefined) hasTags = true;
    for (const tag of tagsIn(replay)) found.add(tag);
    return replay;
  });
  const own = new Set<string>();
  for (const tag of [...found].slice(0, MOST_TAGS)) if (tag === "damaged" || (await tags.isOwn(tag))) own.add(tag);
  if (own.size === 0) return { messages, hasTags };
  return { messages: changeReplays(messages, (replay) => moveTag(replay, own)), hasTags: true };
}

function moveTag(replay: Replay, own: ReadonlySet<string>): Replay {
  const [tag, ...others] = new Set(tagsIn(replay).filter((one) => own.has(one)));
  if (tag === undefined) return replay;
  const data = mapPayloads(replay.data, (payload) => {
    const mark = tagAt(payload);
    // A host can send one payload in pieces, and each of them was given the tag.
    return mark === undefined || mark === "damaged" || !own.has(mark) ? payload : payload.replaceAll(mark, "");
  });
  // No deployment issues a payload with the tags of two.
  return withTaggedOrigin({ ...replay, data }, tag === "damaged" || others.length > 0 ? TAG_MARK : tag);
}

/** The tags in what a client of another protocol than the neutral one sends back. */
function tagsIn({ origin, data }: Replay): string[] {
  const tags: string[] = [];
  if (origin.provider !== CLIENT_PROVIDER) return tags;
  mapPayloads(data, (payload) => {
    const tag = tagAt(payload);
    if (tag !== undefined) tags.push(tag);
    return payload;
  });
  return tags;
}

/** The request as the deployment with a tag may receive it: core leaves out what another one issued, with a note. */
export function withOwnPayloads<T>(request: ChatRequest<T>, tag: string): ChatRequest<T> {
  const messages = changeReplays(request.messages, (replay) => {
    const issuer = issuerOf(replay);
    if (issuer === undefined) return replay;
    if (issuer !== tag) return ofOtherDeployment(replay);
    const { scope } = replay.origin;
    return { ...replay, origin: { ...replay.origin, scope: scope.slice(0, scope.lastIndexOf(BEFORE_TAG)) } };
  });
  return messages === request.messages ? request : { ...request, messages };
}

/**
 * The tag of the newest payload in the open turn, which is what came after the last message of the user. Reasoning of a turn that has ended is of little use to its
 * vendor, so it does not decide which target answers.
 */
export function newestTag(messages: Messages): string | undefined {
  let newest: string | undefined;
  changeReplays(messages.slice(messages.findLastIndex(({ role }) => role === "user") + 1), (replay) => {
    newest = issuerOf(replay) ?? newest;
    return replay;
  });
  return newest;
}

/** The messages with other payloads. What does not change stays the same object. */
function changeReplays(messages: Messages, change: Change): Messages {
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

/** Also for an answer in the neutral form. */
export function changeMessage<M extends Message & { role: "assistant" }>(message: M, change: Change): M {
  const { content } = message;
  if (typeof content === "string") return changeHolder(message, change);
  const parts = content.map((part) => changeHolder(part, change));
  return changeHolder(parts.every((part, at) => part === content[at]) ? message : { ...message, content: parts }, change);
}

/** A part or a message with another payload. */
export function changeHolder<H extends Part | (Message & { role: "assistant" })>(holder: H, change: Change): H {
  const replay = "replay" in holder ? holder.replay : undefined;
  if (replay === undefined) return holder;
  const next = change(replay);
  return next === replay ? holder : { ...holder, replay: next };
}
