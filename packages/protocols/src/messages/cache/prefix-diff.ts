/** Where the cacheable prefixes of two requests differ, and why less was read from the cache than expected. */
import { type CachePlan, isObject, type JsonObject, type PrefixDiff, type Rendered, wordOf } from "@lumiverse/core/provider";
import { estimateTokens } from "./cache-plan.ts";
import { type PrefixBlock, prefixBlocks, type Section } from "./prefix.ts";

export interface MessagesPrefixDiff extends PrefixDiff {
  /** Path of the first block of the new request that differs, such as `messages[4].content[0]`, or `model`. Absent: the old request is a prefix of the new one. */
  at?: string;
  /** What differs there. */
  because?: string;
  /** Estimated tokens before the first difference. */
  sameTokens: number;
  /** Breakpoints of the previous request that the new request can still read. */
  readable: readonly string[];
  /** Why less was read from the cache than expected, most important first. */
  reasons: readonly string[];
}

/** How many blocks before a breakpoint the vendor searches for an entry that an earlier request wrote. */
const LOOKBACK = 20;

export async function diffPrefix({ previous, next }: { previous: Rendered; next: Rendered }): Promise<MessagesPrefixDiff> {
  const plans = { previous: await planOf(previous), next: await planOf(next) };
  // Copies, because `prefixBlocks` changes the bodies.
  const [oldBody, newBody] = [structuredClone(previous.request.body ?? {}), structuredClone(next.request.body ?? {})];
  const [oldBlocks, newBlocks] = [prefixBlocks(oldBody), prefixBlocks(newBody)];
  const sameBlocks = countSame(oldBlocks, newBlocks);
  const sameModel = oldBody["model"] === newBody["model"] && previous.request.url.href === next.request.url.href;
  const reasons: string[] = [];
  if (!sameModel)
    reasons.push(
      `the model or host changed (${wordOf(oldBody["model"])} became ${wordOf(newBody["model"])}), and each model has its own cache`,
    );
  const difference = sameBlocks < oldBlocks.length ? describeDifference(oldBlocks, newBlocks, sameBlocks) : undefined;
  if (sameModel && difference !== undefined) reasons.push(`${difference.at}: ${difference.because}`);
  const changed = changedFields(oldBody, newBody);
  reasons.push(...changed.map(({ because }) => because));
  const samePrefix = sameModel ? oldBlocks.slice(0, sameBlocks) : [];
  const { readable, outOfReach } = readableBreakpoints(plans, samePrefix, newBlocks, changed);
  if (readable.length === 0 && outOfReach !== undefined)
    reasons.push(
      `${outOfReach} blocks lie between the last cache write and the next breakpoint, and the vendor looks back ${LOOKBACK}: set a breakpoint in between, or call more often`,
    );
  reasons.push(...planReasons(plans.previous, plans.next, readable.length > 0));
  if (reasons.length === 0) reasons.push(reasonOutsideRequests(plans.previous));
  return {
    ...(sameModel ? difference : { at: "model", because: "each model and host has its own cache" }),
    sameTokens: sameModel ? newBlocks.slice(0, sameBlocks).reduce((tokens, block) => tokens + estimateTokens(block), 0) : 0,
    readable,
    reasons,
  };
}

/** What must stay byte-identical for a cache read: the block without `cache_control`. */
function cachedText({ role, block }: PrefixBlock): string {
  return (
    (role === undefined ? "" : `${role} `) + JSON.stringify(block, (key, value: unknown) => (key === "cache_control" ? undefined : value))
  );
}

async function planOf({ cache }: Rendered): Promise<CachePlan | undefined> {
  return typeof cache === "function" ? cache() : cache;
}

function countSame(oldBlocks: readonly PrefixBlock[], newBlocks: readonly PrefixBlock[]): number {
  const end = oldBlocks.findIndex((old, index) => {
    const block = newBlocks[index];
    return block === undefined || old.section !== block.section || cachedText(old) !== cachedText(block);
  });
  return end < 0 ? oldBlocks.length : end;
}

function describeDifference(
  oldBlocks: readonly PrefixBlock[],
  newBlocks: readonly PrefixBlock[],
  index: number,
): { at: string; because: string } {
  const [before, after] = [oldBlocks[index], newBlocks[index]];
  if (before === undefined) return { at: after?.at ?? "messages", because: "nothing before it changed" };
  if (after === undefined)
    return { at: before.at, because: `this request ends here, and the previous one had ${oldBlocks.length - index} more blocks` };
  if (before.section !== after.section)
    return {
      at: after.at,
      because:
        sectionIndex(before.section) < sectionIndex(after.section)
          ? `${before.at} of the previous request was removed from ${before.section}`
          : `${after.at} was added to ${after.section}, before everything that follows`,
    };
  const [oldText, newText] = [cachedText(before), cachedText(after)];
  if (sortedJson(before.block) === sortedJson(after.block) && before.role === after.role)
    return { at: after.at, because: "the content is the same in another order of keys, and the cache compares bytes" };
  const oldBlockIsLater = newBlocks.slice(index + 1).some((block) => block.section === before.section && cachedText(block) === oldText);
  const newBlockWasLater = oldBlocks.slice(index + 1).some((block) => block.section === after.section && cachedText(block) === newText);
  if (oldBlockIsLater && newBlockWasLater) return { at: after.at, because: `the order of ${before.section} changed` };
  if (oldBlockIsLater) return { at: after.at, because: `a block was inserted before the block that was at ${before.at}` };
  if (newBlockWasLater) return { at: after.at, because: `the block at ${before.at} was removed, and the blocks after it moved up` };
  return { at: after.at, because: describeTextDifference(oldText, newText) };
}

const sectionIndex = (section: Section): number => ["tools", "system", "messages"].indexOf(section);

function describeTextDifference(before: string, after: string): string {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at++;
  const excerpt = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 20), at + 40));
  return `the text differs from character ${at} on: ${excerpt(before)} became ${excerpt(after)}`;
}

/** JSON with sorted keys and without `cache_control`. */
function sortedJson(value: unknown): string {
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

interface FieldChange {
  /** The first section whose cache entries the change invalidates; the sections after it are invalid too. */
  invalidates: "system" | "messages";
  because: string;
}

/** Fields outside the prefix whose change invalidates part of the cache, by the vendor's table "What invalidates the cache". */
const CACHE_KEY_FIELDS: readonly (FieldChange & { read: (body: JsonObject) => unknown })[] = [
  { read: (body) => body["speed"], invalidates: "system", because: "speed changed, which invalidates system and messages" },
  {
    read: (body) => outputConfig(body)["format"],
    invalidates: "system",
    because: "the output schema changed, which the vendor writes into the system prompt",
  },
  {
    read: (body) => body["thinking"],
    invalidates: "messages",
    because: "the thinking parameters changed, which invalidates messages; tools and system can still be read",
  },
  {
    read: (body) => outputConfig(body)["effort"],
    invalidates: "messages",
    because: "the effort changed, which invalidates messages",
  },
  {
    read: (body) => body["tool_choice"],
    invalidates: "messages",
    because: "toolChoice or parallelToolCalls changed, which invalidates messages; tools and system can still be read",
  },
  {
    read: (body) => JSON.stringify(body["messages"] ?? []).includes('"type":"image"'),
    invalidates: "messages",
    because: "images were added or removed, which invalidates messages; tools and system can still be read",
  },
];

const outputConfig = (body: JsonObject): JsonObject => (isObject(body["output_config"]) ? body["output_config"] : {});

function changedFields(oldBody: JsonObject, newBody: JsonObject): FieldChange[] {
  return CACHE_KEY_FIELDS.filter(({ read }) => sortedJson(read(oldBody)) !== sortedJson(read(newBody)));
}

/** The written breakpoints that the new request can read: those in the same prefix, still valid, and within reach of a breakpoint of the new request. */
function readableBreakpoints(
  plans: { previous: CachePlan | undefined; next: CachePlan | undefined },
  samePrefix: readonly PrefixBlock[],
  newBlocks: readonly PrefixBlock[],
  changed: readonly FieldChange[],
): { readable: string[]; outOfReach: number | undefined } {
  const breakpoints = (plans.next?.breakpoints ?? []).map(({ at }) => newBlocks.findIndex((block) => block.at === at));
  const readable: string[] = [];
  let outOfReach: number | undefined;
  for (const at of writtenBreakpoints(plans.previous)) {
    const written = samePrefix.findIndex((block) => block.at === at);
    const block = samePrefix[written];
    if (block === undefined || isInvalid(block.section, changed)) continue;
    const distance = Math.min(...breakpoints.filter((position) => position >= written).map((position) => position - written));
    if (distance <= LOOKBACK) readable.push(at);
    else if (Number.isFinite(distance)) outOfReach = distance;
  }
  return { readable, outOfReach };
}

function isInvalid(section: Section, changed: readonly FieldChange[]): boolean {
  return changed.some(({ invalidates }) => sectionIndex(section) >= sectionIndex(invalidates));
}

/** Breakpoints that wrote an entry: all but those that the plan excludes as too short. */
function writtenBreakpoints(plan: CachePlan | undefined): string[] {
  const excluded = new Set(plan?.excluded.map(({ what }) => what));
  return (plan?.breakpoints ?? []).map(({ at }) => at).filter((at) => !excluded.has(at));
}

function planReasons(previous: CachePlan | undefined, next: CachePlan | undefined, somethingIsReadable: boolean): string[] {
  if ((next?.breakpoints.length ?? 0) === 0) return (next?.excluded ?? []).map(({ what, because }) => `${what}: ${because}`);
  if ((previous?.breakpoints.length ?? 0) === 0)
    return ["the previous request set no breakpoint, so it wrote nothing that this request could read"];
  // A breakpoint that wrote nothing does not matter while another can be read.
  if (somethingIsReadable) return [];
  const breakpoints = new Set(previous?.breakpoints.map(({ at }) => at));
  return (previous?.excluded ?? []).filter(({ what }) => breakpoints.has(what)).map(({ what, because }) => `${what}: ${because}`);
}

function reasonOutsideRequests(previous: CachePlan | undefined): string {
  const ttl = previous?.breakpoints[0]?.ttl === "1h" ? "an hour" : "five minutes";
  return `the prefix is the same. If nothing was read, more than ${ttl} passed, the previous answer had not begun when this request was sent, or the key belongs to another workspace`;
}
