/** Describes the planned breakpoints for `explain()`: where each is, what precedes it, and what will not be cached and why. */
import { type CachePlan, isObject, type JsonObject, type Note } from "@lumiverse/core/provider";
import { type EffectivePromptCache, promptCacheSummary } from "../../shared/prompt-cache.ts";
import { lastUserBlock, type PrefixBlock } from "./prefix.ts";

type PlannedBreakpoint = CachePlan["breakpoints"][number];

export interface CacheHost {
  mode: "automatic" | "breakpoints" | "none";
  /** The shortest prefix that the model caches, in tokens. Undefined when it is unknown. */
  minimum: number | undefined;
  model: string;
}

/** A breakpoint that the settings request. */
export interface WantedBreakpoint {
  block: PrefixBlock;
  by: PlannedBreakpoint["by"];
  ttl: "5m" | "1h";
}

/** The breakpoints of one request, and why others are missing. */
export interface Planning {
  body: JsonObject;
  blocks: readonly PrefixBlock[];
  setting: EffectivePromptCache;
  host: CacheHost;
  notes: Note[];
  wanted: WantedBreakpoint[];
  excluded: { what: string; because: string }[];
}

export function describePlan(planning: Planning): CachePlan {
  const breakpoints = describeBreakpoints(planning);
  const excluded = [...planning.excluded, ...tooShort(planning.host, breakpoints), ...afterBreakpoints(planning, breakpoints)];
  return { summary: promptCacheSummary(planning.setting), breakpoints, excluded };
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

type Excluded = CachePlan["excluded"][number];

/** Breakpoints that the model ignores without reporting it. */
function tooShort({ minimum, model }: CacheHost, breakpoints: readonly PlannedBreakpoint[]): Excluded[] {
  return breakpoints
    .filter(({ estimatedTokens }) => estimatedTokens < (minimum ?? 1024))
    .map(({ at, estimatedTokens }) => ({
      what: at,
      because: `about ${estimatedTokens} tokens precede this breakpoint; ${
        minimum === undefined
          ? `the minimum of ${model} is unknown, and related models have 512 to 4096`
          : `${model} ignores breakpoints below ${minimum} tokens without reporting it`
      }`,
    }));
}

/** The blocks after the last breakpoint, and a prefill that has the automatic one. */
function afterBreakpoints({ blocks, host, setting }: Planning, breakpoints: readonly PlannedBreakpoint[]): Excluded[] {
  const excluded: Excluded[] = [];
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
  if (lastBreakpoint === undefined || next === undefined) return excluded;
  excluded.push({
    what: next === lastBlock ? next.at : `${next.at} to ${lastBlock?.at ?? ""}`,
    because:
      hasPrefill && next.turn === lastBlock.turn
        ? "the prefill comes after the last user turn and changes with every call"
        : "no breakpoint follows; turn on automatic or the conversation breakpoint to cache it",
  });
  return excluded;
}

/** A rough estimate of the block's tokens. Only the vendor's own count is exact. */
export function estimateTokens({ block }: PrefixBlock): number {
  let media = 0;
  const text = JSON.stringify(block, (key, value: unknown) => {
    if (key === "cache_control" || key === "signature") return undefined;
    if (
      isObject(value) &&
      isObject(value["source"]) &&
      value["source"]["type"] !== "text" &&
      (value["type"] === "image" || value["type"] === "document")
    ) {
      media += mediaTokens(value["type"], value["source"]);
      return undefined;
    }
    return value;
  });
  if (text === undefined) return media;
  // English and JSON average about four characters per token, scripts other than Latin about one.
  let nonLatin = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x2ff) nonLatin++;
  return media + Math.ceil((text.length - nonLatin) / 3.8 + nonLatin);
}

function mediaTokens(type: unknown, source: JsonObject): number {
  const data = source["data"];
  // The vendor counts an image by its pixels, which are unknown here. A PDF page is about 2,000 tokens and at least 50 kB.
  return type === "image" ? 1500 : Math.max(2000, typeof data === "string" ? Math.round(data.length / 68_000) * 2000 : 0);
}
