/**
 * Sets the breakpoints of the prompt cache. A request has four: after the last tool, the last system block and the last user turn, and the automatic one.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching (read November 2026)
 */
import { isObject, type JsonObject, type Note, type Rendered } from "@lumiverse/core/provider";
import type { EffectivePromptCache } from "../../shared/prompt-cache.ts";
import type { CacheHost, Planning, WantedBreakpoint } from "./cache-plan.ts";
import { isCacheable, lastUserBlock, type PrefixBlock, prefixBlocks } from "./prefix.ts";

/** The most breakpoints that the vendor accepts in a request. */
const MAX_BREAKPOINTS = 4;

/** Sets the breakpoints in a finished body. Returns the plan, which is described when it is asked for. */
export function planCache(body: JsonObject, setting: EffectivePromptCache | undefined, host: CacheHost, notes: Note[]): Rendered["cache"] {
  if (setting === undefined) return { breakpoints: [], excluded: [{ what: "everything", because: "caching is off" }] };
  const planning: Planning = { body, blocks: [], setting, host, notes, wanted: [], excluded: [] };
  if (host.mode === "none") {
    notes.push({ kind: "cache", field: "cache", message: "The host accepts no cache breakpoints, so none were sent." });
    planning.excluded.push({ what: "everything", because: "the host accepts no cache breakpoints" });
  } else {
    planning.blocks = prefixBlocks(body);
    chooseBlocks(planning);
    setBreakpoints(planning);
    orderTtls(planning);
  }
  return async () => (await import("./cache-plan.ts")).describePlan(planning);
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
