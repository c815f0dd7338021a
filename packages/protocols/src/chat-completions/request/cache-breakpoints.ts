/**
 * Prompt-cache breakpoints in Chat Completions: gateways pass `cache_control` on to models that cache by breakpoints (Claude, Gemini, Qwen). It is put on
 * the last tool, the system prompt, the last user turn, and, where the model accepts that, on the body itself. A message with a breakpoint becomes a list of
 * parts; all others keep their bytes.
 */
import { type CachePlan, type CheckedCall, isObject, type JsonObject, type Note } from "@lumiverse/core/provider";
import { type EffectivePromptCache, effectivePromptCache, type PromptCache, promptCacheSummary } from "../../shared/prompt-cache.ts";

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
}

/**
 * A dialect's `cache`. The model's capabilities decide: `cache.automatic` puts the breakpoint on the body, `cache.explicit` puts breakpoints on tools and
 * messages.
 */
export function cacheBreakpoints({
  setting,
  oneHour = true,
  maxBreakpoints = 4,
}: CacheBreakpointOptions): (context: { body: JsonObject; call: CheckedCall; notes: Note[] }) => CachePlan | undefined {
  return ({ body, call, notes }) => {
    const settings = effectivePromptCache(setting, call.request.cache);
    if (settings === undefined) return undefined;
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
    if (settings.ttl === "1h" && !oneHour) {
      note("The model's cache has a fixed lifetime, so one hour was not requested.");
      settings.ttl = "5m";
    }
    const excluded: { what: string; because: string }[] = [];
    const onBody = capabilities["cache.automatic"] === true;
    const all = requestedBreakpoints(body, settings, onBody, excluded);
    for (const { section } of all.slice(0, Math.max(0, all.length - maxBreakpoints)))
      excluded.push({
        what: section,
        because: `the model uses only the last ${maxBreakpoints === 1 ? "breakpoint" : `${maxBreakpoints} breakpoints`}`,
      });
    const breakpoints = all.slice(-maxBreakpoints);
    const control = settings.ttl === "1h" ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" };
    for (const breakpoint of breakpoints) setBreakpoint(body, breakpoint, control, onBody);
    return {
      summary: promptCacheSummary(settings),
      breakpoints: breakpoints.map((breakpoint) => ({ ...describe(body, breakpoint), ttl: settings.ttl, by: breakpoint.by })),
      excluded,
    };
  };
}

/** The requested breakpoints in the order of the prefix: tools, system, messages. Two requests for one position are one breakpoint. */
function requestedBreakpoints(
  body: JsonObject,
  settings: EffectivePromptCache,
  onBody: boolean,
  excluded: { what: string; because: string }[],
): Breakpoint[] {
  const breakpoints: Breakpoint[] = [];
  const messages = listOf(body["messages"]);
  const add = (breakpoint: Breakpoint, missing: string): void => {
    const { section, index } = breakpoint;
    if (index < 0) excluded.push({ what: section, because: missing });
    else if (!breakpoints.some((other) => other.section === section && other.index === index)) breakpoints.push(breakpoint);
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
  return breakpoints;
}

function setBreakpoint(body: JsonObject, { section, by, index }: Breakpoint, control: JsonObject, onBody: boolean): void {
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
