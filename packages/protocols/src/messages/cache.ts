/**
 * Plans the prompt cache. A request has four breakpoints: after the last tool, the last system block and the last user turn, and the automatic one. The plan
 * says where each is, what precedes it, and what will not be cached and why.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching (read November 2026)
 */
import { type CachePlan, isObject, type JsonObject, type Note } from "@lumiverse/core/provider";
import { type EffectivePromptCache, promptCacheSummary } from "../shared/prompt-cache.ts";
import { estimateTokens, type PrefixBlock, prefixBlocks } from "./prefix.ts";

export interface CacheHost {
  mode: "automatic" | "breakpoints" | "none";
  /** The shortest prefix that the model caches, in tokens. Undefined when it is unknown. */
  minimum: number | undefined;
  model: string;
}

/** The most breakpoints that the vendor accepts in a request. */
const MAX_BREAKPOINTS = 4;

type PlannedBreakpoint = CachePlan["breakpoints"][number];

/** A breakpoint that the settings request. */
interface WantedBreakpoint {
  block: PrefixBlock;
  by: PlannedBreakpoint["by"];
  ttl: "5m" | "1h";
}

interface Planning {
  body: JsonObject;
  blocks: readonly PrefixBlock[];
  setting: EffectivePromptCache;
  host: CacheHost;
  notes: Note[];
  wanted: WantedBreakpoint[];
  excluded: { what: string; because: string }[];
}

/** Sets the breakpoints in a finished body and explains them. */
export function planCache(body: JsonObject, setting: EffectivePromptCache | undefined, host: CacheHost, notes: Note[]): CachePlan {
  if (setting === undefined) return { breakpoints: [], excluded: [{ what: "everything", because: "caching is off" }] };
  const summary = promptCacheSummary(setting);
  if (host.mode === "none") {
    notes.push({ kind: "cache", field: "cache", message: "The host accepts no cache breakpoints, so none were sent." });
    return { summary, breakpoints: [], excluded: [{ what: "everything", because: "the host accepts no cache breakpoints" }] };
  }
  const planning: Planning = { body, blocks: prefixBlocks(body), setting, host, notes, wanted: [], excluded: [] };
  chooseBlocks(planning);
  setBreakpoints(planning);
  orderTtls(planning);
  const breakpoints = describeBreakpoints(planning);
  describeExcluded(planning, breakpoints);
  return { summary, breakpoints, excluded: planning.excluded };
}

/** Chooses a block for each breakpoint that the settings ask for, most important first: later ones may find no free breakpoint. */
function chooseBlocks({ blocks, setting, host, wanted, excluded }: Planning): void {
  const want = (what: string, block: PrefixBlock | undefined, missing: string, by: WantedBreakpoint["by"] = "explicit"): void => {
    if (block === undefined) excluded.push({ what, because: missing });
    else if (!wanted.some((other) => other.block === block)) wanted.push({ block, by, ttl: setting.ttl });
  };
  const lastIn = (section: PrefixBlock["section"]): PrefixBlock | undefined =>
    blocks.findLast((block) => block.section === section && isCacheable(block));
  const userBlock = lastUserBlock(blocks);
  if (setting.automatic) {
    // The vendor's automatic breakpoint is on the very last block. Set here, it is kept off a prefill, which no later request repeats.
    const block = (host.mode === "automatic" ? lastIn("messages") : userBlock) ?? blocks.findLast(isCacheable);
    want("automatic", block, "there is no block to cache", "automatic");
  }
  if (setting.tools) want("tools", lastIn("tools"), "the request has no tools that can be cached");
  if (setting.system) want("system", lastIn("system"), "the request has no system prompt");
  if (setting.conversation) want("messages", userBlock, "the request has no user turn with a block that can be cached");
}

/** The vendor refuses a breakpoint on thinking, on empty text and on a tool with `defer_loading`. */
function isCacheable({ block, section }: PrefixBlock): boolean {
  if (section === "tools") return block["defer_loading"] !== true;
  const type = block["type"];
  if (type === "thinking" || type === "redacted_thinking") return false;
  return type !== "text" || block["text"] !== "";
}

/** The last cacheable block of the last user message. A prefill after it does not count. */
function lastUserBlock(blocks: readonly PrefixBlock[]): PrefixBlock | undefined {
  const turn = blocks.findLast((block) => block.role === "user")?.turn;
  return blocks.findLast((block) => block.role === "user" && block.turn === turn && isCacheable(block));
}

/** True for the breakpoint at the top of the body, for which the vendor chooses the block. */
const isTopLevel = ({ by }: WantedBreakpoint, host: CacheHost): boolean => by === "automatic" && host.mode === "automatic";

function setBreakpoints(planning: Planning): void {
  const { body, blocks, host, excluded, notes } = planning;
  // Hosted tools and raw parameters may contain breakpoints too.
  let free = MAX_BREAKPOINTS - blocks.filter(hasBreakpoint).length - (isObject(body["cache_control"]) ? 1 : 0);
  planning.wanted = planning.wanted.filter((wanted) => {
    const topLevel = isTopLevel(wanted, host);
    if (topLevel ? isObject(body["cache_control"]) : hasBreakpoint(wanted.block)) return true;
    if (free <= 0) {
      const what = wanted.by === "automatic" ? "automatic" : wanted.block.section;
      excluded.push({ what, because: `all ${MAX_BREAKPOINTS} breakpoints are used by cache_control fields that the request contains` });
      notes.push({
        kind: "cache",
        field: "cache",
        message: `No breakpoint is left for ${what}: a request can have ${MAX_BREAKPOINTS}.`,
      });
      return false;
    }
    free--;
    if (topLevel) body["cache_control"] = cacheControl(wanted.ttl);
    // A copy, because the block may be the caller's own object.
    else wanted.block.replace({ ...wanted.block.block, cache_control: cacheControl(wanted.ttl) });
    return true;
  });
}

const hasBreakpoint = ({ block }: PrefixBlock): boolean => isObject(block["cache_control"]);
/** Five minutes is the vendor's default. */
const cacheControl = (ttl: "5m" | "1h"): JsonObject => (ttl === "1h" ? { type: "ephemeral", ttl } : { type: "ephemeral" });
const ttlOf = (control: unknown): "5m" | "1h" => (isObject(control) && control["ttl"] === "1h" ? "1h" : "5m");

/** The vendor refuses a breakpoint of one hour after one of five minutes, so the planned ones are shortened. */
function orderTtls({ body, blocks, host, notes, wanted }: Planning): void {
  let shortSeen = false;
  const shorten = (breakpoint: WantedBreakpoint | undefined, apply: () => void): void => {
    if (breakpoint === undefined) {
      notes.push({
        kind: "cache",
        field: "cache",
        message:
          "A breakpoint of one hour that the request contains comes after one of five minutes. The vendor refuses this order, and the breakpoint was not changed.",
      });
      return;
    }
    breakpoint.ttl = "5m";
    apply();
    notes.push({
      kind: "cache",
      field: "cache",
      message: `The breakpoint at ${breakpoint.block.at} lasts 5 minutes: an earlier one does, and longer ones must come first.`,
    });
  };
  for (const block of blocks.filter(hasBreakpoint)) {
    const planned = wanted.find((breakpoint) => breakpoint.block === block && !isTopLevel(breakpoint, host));
    if (ttlOf(block.block["cache_control"]) === "5m") shortSeen = true;
    else if (shortSeen) shorten(planned, () => block.replace({ ...block.block, cache_control: cacheControl("5m") }));
  }
  if (shortSeen && ttlOf(body["cache_control"]) === "1h")
    shorten(
      wanted.find(({ by }) => by === "automatic"),
      () => {
        body["cache_control"] = cacheControl("5m");
      },
    );
}

function describeBreakpoints({ blocks, wanted }: Planning): PlannedBreakpoint[] {
  const breakpoints: PlannedBreakpoint[] = [];
  let estimatedTokens = 0;
  const counts = { tools: 0, system: 0, messages: 0 };
  for (const block of blocks) {
    estimatedTokens += estimateTokens(block);
    counts[block.section]++;
    const breakpoint = wanted.find((candidate) => candidate.block === block);
    if (breakpoint === undefined) continue;
    const before = [
      ...counted(counts.tools, "tool"),
      ...counted(counts.system, "system block"),
      ...(block.turn === undefined
        ? []
        : [`${counted(block.turn + 1, "message").join("")} (${counted(counts.messages, "block").join("")})`]),
    ].join(", ");
    breakpoints.push({ at: block.at, ttl: breakpoint.ttl, before, estimatedTokens, by: breakpoint.by });
  }
  return breakpoints;
}

const counted = (count: number, noun: string): string[] => (count === 0 ? [] : [`${count} ${noun}${count === 1 ? "" : "s"}`]);

function describeExcluded({ blocks, host, excluded, setting }: Planning, breakpoints: readonly PlannedBreakpoint[]): void {
  for (const { at, estimatedTokens } of breakpoints) {
    if (host.minimum !== undefined && estimatedTokens < host.minimum)
      excluded.push({
        what: at,
        because: `about ${estimatedTokens} tokens precede this breakpoint; ${host.model} ignores breakpoints below ${host.minimum} tokens without reporting it`,
      });
    else if (host.minimum === undefined && estimatedTokens < 1024)
      excluded.push({
        what: at,
        because: `about ${estimatedTokens} tokens precede this breakpoint; the minimum of ${host.model} is unknown, and related models have 512 to 4096`,
      });
  }
  const userBlock = lastUserBlock(blocks);
  const lastBlock = blocks[blocks.length - 1];
  const hasPrefill = lastBlock?.role === "assistant" && userBlock !== undefined;
  if (hasPrefill && setting.automatic && host.mode === "automatic" && !breakpoints.some(({ at }) => at === userBlock.at))
    excluded.push({
      what: lastBlock.at,
      because:
        "the automatic breakpoint is on the prefill, which the next request does not repeat; turn on the conversation breakpoint too",
    });
  const lastBreakpoint = breakpoints[breakpoints.length - 1]?.at;
  const next = blocks[blocks.findIndex(({ at }) => at === lastBreakpoint) + 1];
  if (lastBreakpoint === undefined || next === undefined) return;
  excluded.push({
    what: next === lastBlock ? next.at : `${next.at} to ${lastBlock?.at ?? ""}`,
    because:
      hasPrefill && next.turn === lastBlock.turn
        ? "the prefill comes after the last user turn and changes with every call"
        : "no breakpoint follows; turn on automatic or the conversation breakpoint to cache it",
  });
}
