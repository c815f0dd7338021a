/**
 * "Why was nothing cached?" Two requests, block by block in the order of the vendor's prefix, and where they stopped being byte-identical. Loaded
 * only when asked.
 */
import { type CachePlan, isObject, type JsonObject, type Rendered } from "@lumiverse/core";
import { blockText, estimateTokens, type Place, placesOf } from "./places.ts";

export interface PrefixDiff {
  /** The first block of the new request that differs, as `messages[4].content[0]`, or `model`; absent: the old request is a prefix of the new one. */
  at?: string;
  /** What is different there. */
  because?: string;
  /** Estimated tokens of the part that is the same. */
  sameTokens: number;
  /** Breakpoints of the previous request that the new one can still read. */
  readable: readonly string[];
  /** Sentences that answer the question, the weightiest first. */
  reasons: readonly string[];
}

/** How many blocks back from a breakpoint the vendor looks for what an earlier request wrote. */
const LOOK_BACK = 20;

export function diffPrefix(previous: Rendered, next: Rendered): PrefixDiff {
  // Copies: places turn strings into blocks, and the requests are not ours to change.
  const [before, after] = [structuredClone(previous.request.body ?? {}), structuredClone(next.request.body ?? {})];
  const [old, now] = [placesOf(before), placesOf(after)];
  const same = commonBlocks(old, now);
  const reasons: string[] = [];
  const model = before["model"] === after["model"] && previous.request.url.href === next.request.url.href;
  if (!model)
    reasons.push(`the model or host changed (${String(before["model"])}, now ${String(after["model"])}): caches are kept per model`);
  const broken = same < old.length ? difference(old, now, same) : undefined;
  if (model && broken !== undefined) reasons.push(`${broken.at}: ${broken.because}`);
  const settings = changedSettings(before, after);
  const limits: Limits = { model, same, settings: settings.kills };
  reasons.push(...settings.reasons);
  const readable = readableMarks(previous.cache, next.cache, old, now, limits, reasons);
  reasons.push(...planReasons(previous.cache, next.cache, readable.length > 0));
  if (reasons.length === 0) reasons.push(unseen(previous.cache));
  return {
    ...(model ? broken : { at: "model", because: "caches are kept per model and host" }),
    sameTokens: model ? now.slice(0, same).reduce((tokens, place) => tokens + estimateTokens(place), 0) : 0,
    readable,
    reasons,
  };
}

function commonBlocks(old: readonly Place[], now: readonly Place[]): number {
  let same = 0;
  for (
    let a = old[0], b = now[0];
    a !== undefined && b !== undefined && a.section === b.section && blockText(a) === blockText(b);
    a = old[same], b = now[same]
  )
    same++;
  return same;
}

interface Limits {
  model: boolean;
  same: number;
  /** The first section that changed settings invalidate. */
  settings: "system" | "messages" | undefined;
}

function difference(old: readonly Place[], now: readonly Place[], at: number): { at: string; because: string } {
  const [a, b] = [old[at], now[at]];
  if (a === undefined) return { at: b?.at ?? "messages", because: "nothing before it changed" };
  if (b === undefined)
    return { at: a.at, because: `the previous request went on here and this one ends: ${old.length - at} blocks are gone` };
  if (a.section !== b.section) {
    const [fewer, section] = order(a.section) < order(b.section) ? [true, a.section] : [false, b.section];
    return {
      at: b.at,
      because: fewer
        ? `${a.at} of the previous request is gone from the ${section}`
        : `${b.at} was added to the ${section}, before all that follows`,
    };
  }
  const [left, right] = [blockText(a), blockText(b)];
  if (sorted(a.block) === sorted(b.block) && a.role === b.role)
    return { at: b.at, because: "the same content in another order of keys, and only the bytes count" };
  // Found further on: something was put before it, or taken away, or they changed places.
  const moved = now.slice(at + 1).some((place) => place.section === a.section && blockText(place) === left);
  const came = old.slice(at + 1).some((place) => place.section === b.section && blockText(place) === right);
  if (moved && came) return { at: b.at, because: `the order of the ${a.section} changed` };
  if (moved) return { at: b.at, because: `a block was put in before what stood at ${a.at}` };
  if (came) return { at: b.at, because: `what stood at ${a.at} is gone, and what followed moved up` };
  return { at: b.at, because: textDifference(left, right) };
}
const order = (section: Place["section"]): number => ["tools", "system", "messages"].indexOf(section);

function textDifference(left: string, right: string): string {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  const cut = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 20), at + 40));
  return `the text differs from character ${at} on: ${cut(left)} became ${cut(right)}`;
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (key === "cache_control") return undefined;
    return isObject(inner)
      ? Object.fromEntries(
          Object.keys(inner)
            .sort()
            .map((name) => [name, inner[name]]),
        )
      : inner;
  });
}

/** Fields beside the prefix that the vendor's cache hangs on, and from which section on. */
const SETTINGS: readonly { field: string; kills: "system" | "messages"; read?: (body: JsonObject) => unknown; says: string }[] = [
  { field: "speed", kills: "system", says: "speed changed, which invalidates system and messages" },
  {
    field: "output_config.format",
    kills: "system",
    read: (body) => (isObject(body["output_config"]) ? body["output_config"]["format"] : undefined),
    says: "the output schema changed, which the vendor writes into the system prompt",
  },
  {
    field: "thinking",
    kills: "messages",
    says: "the thinking parameters changed, which invalidates the messages; tools and system can still be read",
  },
  {
    field: "output_config.effort",
    kills: "messages",
    read: (body) => (isObject(body["output_config"]) ? body["output_config"]["effort"] : undefined),
    says: "the effort changed, which invalidates the messages",
  },
  {
    field: "tool_choice",
    kills: "messages",
    says: "toolChoice or parallelToolCalls changed, which invalidates the messages; tools and system can still be read",
  },
  {
    field: "images",
    kills: "messages",
    read: hasImages,
    says: "images came in or went out of the request, which invalidates the messages; tools and system can still be read",
  },
];
function hasImages(body: JsonObject): boolean {
  return JSON.stringify(body["messages"] ?? []).includes('"type":"image"');
}

function changedSettings(before: JsonObject, after: JsonObject): { kills: Limits["settings"]; reasons: string[] } {
  let kills: Limits["settings"];
  const reasons: string[] = [];
  for (const { field, kills: section, read, says } of SETTINGS) {
    const [a, b] = read === undefined ? [before[field], after[field]] : [read(before), read(after)];
    if (sorted(a) === sorted(b)) continue;
    reasons.push(says);
    if (kills !== "system") kills = section;
  }
  return { kills, reasons };
}

/** Which of the previous request's marks the new one finds: before the break, not invalidated, and within reach of a mark of its own. */
function readableMarks(
  previous: CachePlan | undefined,
  next: CachePlan | undefined,
  old: readonly Place[],
  now: readonly Place[],
  limits: Limits,
  reasons: string[],
): string[] {
  const reach = (next?.breakpoints ?? []).map(({ at }) => now.findIndex((place) => place.at === at));
  const readable: string[] = [];
  let far: number | undefined;
  for (const at of written(previous)) {
    const index = old.findIndex((place) => place.at === at);
    const place = old[index];
    if (place === undefined || !limits.model || index >= limits.same) continue;
    if (limits.settings === "system" && place.section !== "tools") continue;
    if (limits.settings === "messages" && place.section === "messages") continue;
    const distance = Math.min(...reach.filter((mark) => mark >= index).map((mark) => mark - index));
    if (distance <= LOOK_BACK) readable.push(at);
    else if (Number.isFinite(distance)) far = distance;
  }
  if (readable.length === 0 && far !== undefined)
    reasons.push(
      `${far} blocks lie between what the previous request wrote and the next breakpoint; the vendor looks back ${LOOK_BACK}: set a breakpoint in between, or call more often`,
    );
  return readable;
}

/** Breakpoints that left something behind: not those the plan already says are too short. */
function written(plan: CachePlan | undefined): string[] {
  const vain = new Set(plan?.excluded.map(({ what }) => what));
  return (plan?.breakpoints ?? []).map(({ at }) => at).filter((at) => !vain.has(at));
}

function planReasons(previous: CachePlan | undefined, next: CachePlan | undefined, read: boolean): string[] {
  if ((next?.breakpoints.length ?? 0) === 0) return (next?.excluded ?? []).map(({ what, because }) => `${what}: ${because}`);
  if ((previous?.breakpoints.length ?? 0) === 0)
    return ["the previous request set no breakpoint, so it wrote nothing that this one could read"];
  // Where something can be read, a breakpoint in vain is no answer.
  if (read) return [];
  const places = new Set(previous?.breakpoints.map(({ at }) => at));
  return (previous?.excluded ?? []).filter(({ what }) => places.has(what)).map(({ what, because }) => `${what}: ${because}`);
}

/** Nothing in the two requests speaks against it: what is left happens elsewhere. */
function unseen(previous: CachePlan | undefined): string {
  const ttl = previous?.breakpoints[0]?.ttl === "1h" ? "an hour" : "five minutes";
  return `the prefix is the same: if nothing was read, more than ${ttl} passed, the previous answer had not begun when this was sent, or the key belongs to another workspace`;
}
