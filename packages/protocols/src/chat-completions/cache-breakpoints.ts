/**
 * Prompt-cache breakpoints in Chat Completions: gateways pass `cache_control` on to models that cache by breakpoints (Claude, Gemini, Qwen). It is put on
 * the last tool, the system prompt, the last user turn, and, where the model accepts that, on the body itself. A message with a breakpoint becomes a list of
 * parts; all others keep their bytes. Breakpoints that the request sets at its parts and tools stay where they are instead.
 */
import { type CachePlan, type CheckedCall, isObject, type JsonObject, type Note } from "@lumiverse/core/provider";
import {
  cacheControl,
  type EffectivePromptCache,
  effectivePromptCache,
  isMarked,
  type MarkedItem,
  type PromptCache,
  promptCacheSummary,
} from "../shared/prompt-cache.ts";

export interface CacheBreakpointOptions {
  /** The connection's settings. `request.cache` replaces them. */
  setting?: PromptCache | undefined;
  /** The model accepts a lifetime of one hour. Default true. */
  oneHour?: boolean;
  /** Breakpoints that the model uses; of more, the last ones. Default 4. */
  maxBreakpoints?: number;
}

type Section = "tools" | "system" | "messages";
interface Breakpoint {
  section: Section;
  by: "automatic" | "explicit";
  /** Index in `tools` or `messages`. */
  index: number;
  ttl: "5m" | "1h";
  /** The tool or part that the request marks. Absent: the last text of the message, or the tool at the index. */
  item?: JsonObject;
}

/**
 * A dialect's `cache`. The model's capabilities decide: `cache.automatic` puts the breakpoint on the body, `cache.explicit` puts breakpoints on tools and
 * messages.
 */
export function cacheBreakpoints({
  setting,
  oneHour = true,
  maxBreakpoints = 4,
}: CacheBreakpointOptions): (context: {
  body: JsonObject;
  call: CheckedCall;
  notes: Note[];
  marked?: readonly MarkedItem[] | undefined;
}) => CachePlan | undefined {
  return ({ body, call, notes, marked = [] }) => {
    const settings = effectivePromptCache(setting, call.request.cache, isMarked(call));
    if (settings === undefined && !isMarked(call)) return undefined;
    const note = (message: string): void => void notes.push({ kind: "cache", field: "cache", message });
    const { capabilities } = call.route;
    if (capabilities["cache.explicit"] !== true) {
      const because =
        capabilities["cache.implicit"] === true
          ? "the host caches on its own, so breakpoints are not needed"
          : "the model accepts no cache breakpoints";
      note(`No breakpoints were sent: ${because}.`);
      return { breakpoints: [], excluded: [{ what: "everything", because }] };
    }
    if (!oneHour && (settings?.ttl === "1h" || marked.some(({ ttl }) => ttl === "1h"))) {
      note("The model's cache has a fixed lifetime, so one hour was not requested.");
      if (settings !== undefined) settings.ttl = "5m";
    }
    const excluded: { what: string; because: string }[] = [];
    const onBody = capabilities["cache.automatic"] === true;
    const all = markedBreakpoints(body, oneHour ? marked : marked.map(({ item }) => ({ item, ttl: "5m" })));
    if (settings !== undefined) addRequested(all, body, settings, onBody, excluded);
    const breakpoints = all.slice(-maxBreakpoints);
    for (const { section } of all.slice(0, -maxBreakpoints))
      excluded.push({
        what: section,
        because: `the model uses only the last ${maxBreakpoints === 1 ? "breakpoint" : `${maxBreakpoints} breakpoints`}`,
      });
    if (marked.length > 0 && breakpoints.length < all.length)
      note(`Of ${all.length} breakpoints, the last ${maxBreakpoints} were sent: the model uses no more.`);
    orderLifetimes(breakpoints, note);
    for (const breakpoint of breakpoints) setBreakpoint(body, breakpoint, onBody);
    return {
      summary: settings === undefined ? `Cache • ${breakpoints.length} of the request` : promptCacheSummary(settings),
      breakpoints: breakpoints.map((breakpoint) => ({ ...describe(body, breakpoint), ttl: breakpoint.ttl, by: breakpoint.by })),
      excluded,
    };
  };
}

/** Vendors refuse a lifetime of one hour after one of five minutes, so the later one is shortened. */
function orderLifetimes(breakpoints: readonly Breakpoint[], note: (message: string) => void): void {
  let shortSeen = false;
  let isShortened = false;
  for (const breakpoint of breakpoints) {
    if (breakpoint.ttl === "5m") shortSeen = true;
    else if (shortSeen) {
      breakpoint.ttl = "5m";
      isShortened = true;
    }
  }
  if (isShortened) note("A breakpoint of one hour lasts 5 minutes: an earlier one does, and longer ones must come first.");
}

/** The breakpoints of the request's own parts and tools. */
function markedBreakpoints(body: JsonObject, marked: readonly MarkedItem[]): Breakpoint[] {
  const tools = listOf(body["tools"]);
  const messages = listOf(body["messages"]);
  return marked.map(({ item, ttl }): Breakpoint => {
    const tool = tools.indexOf(item);
    if (tool >= 0) return { section: "tools", by: "explicit", index: tool, ttl, item };
    const index = messages.findIndex(({ content }) => Array.isArray(content) && content.includes(item));
    return { section: "messages", by: "explicit", index, ttl, item };
  });
}

/** Adds the breakpoints of the settings in the order of the prefix: tools, system, messages. Two requests for one position are one breakpoint. */
function addRequested(
  breakpoints: Breakpoint[],
  body: JsonObject,
  settings: EffectivePromptCache,
  onBody: boolean,
  excluded: { what: string; because: string }[],
): void {
  const messages = listOf(body["messages"]);
  const add = (breakpoint: Omit<Breakpoint, "ttl">, missing: string): void => {
    const { section, index } = breakpoint;
    if (index < 0) excluded.push({ what: section, because: missing });
    else if (!breakpoints.some((other) => other.section === section && other.index === index))
      breakpoints.push({ ...breakpoint, ttl: settings.ttl });
  };
  if (settings.tools) add({ section: "tools", by: "explicit", index: listOf(body["tools"]).length - 1 }, "the request has no tools");
  const first = messages.findIndex((message) => message["role"] !== "system");
  const system = (first < 0 ? messages.length : first) - 1;
  if (settings.system) add({ section: "system", by: "explicit", index: system }, "the request has no system prompt");
  const user = messages.findLastIndex((message) => message["role"] === "user" && lastTextIndex(message) !== undefined);
  const last = onBody ? messages.length - 1 : user;
  const missing = "the request has no user turn with text";
  if (settings.automatic) add({ section: "messages", by: "automatic", index: last }, missing);
  if (settings.conversation) add({ section: "messages", by: "explicit", index: user }, missing);
}

function setBreakpoint(body: JsonObject, { section, by, index, ttl, item: marked }: Breakpoint, onBody: boolean): void {
  const control = cacheControl(ttl);
  if (marked !== undefined) {
    marked["cache_control"] = control;
    return;
  }
  if (by === "automatic" && onBody) {
    body["cache_control"] = control;
    return;
  }
  const list = body[section === "tools" ? "tools" : "messages"];
  const item: unknown = Array.isArray(list) ? list[index] : undefined;
  if (!Array.isArray(list) || !isObject(item)) return;
  if (section === "tools") {
    // A copy, because a hosted tool is the caller's own object.
    list[index] = { ...item, cache_control: control };
    return;
  }
  const content = item["content"];
  const parts: unknown[] = Array.isArray(content) ? content : [{ type: "text", text: content }];
  const text = lastTextIndex({ content: parts });
  if (text === undefined) return;
  item["content"] = parts.map((part, i) => (i === text && isObject(part) ? { ...part, cache_control: control } : part));
}

/** The index of the last text in a message's content. Undefined without one that could carry a breakpoint. */
function lastTextIndex({ content }: JsonObject): number | undefined {
  if (typeof content === "string") return content === "" ? undefined : 0;
  const index = listOf(content).findLastIndex((part) => part["type"] === "text" && part["text"] !== "");
  return index < 0 ? undefined : index;
}

function describe(body: JsonObject, { section, index }: Breakpoint): { at: string; before: string; estimatedTokens: number } {
  const tools = listOf(body["tools"]);
  const messages = listOf(body["messages"]);
  const turns = section === "tools" ? 0 : index + 1;
  // About four characters per token. Tools come before all messages.
  const characters = JSON.stringify(tools).length + (turns === 0 ? 0 : JSON.stringify(messages.slice(0, turns)).length);
  return {
    at: section === "tools" ? `tools[${index}]` : `messages[${index}]`,
    before: [count(tools.length, "tool"), count(turns, "message")].filter((one) => one !== "").join(", "),
    estimatedTokens: Math.ceil(characters / 4),
  };
}

function count(n: number, what: string): string {
  return n === 0 ? "" : `${n} ${what}${n === 1 ? "" : "s"}`;
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
