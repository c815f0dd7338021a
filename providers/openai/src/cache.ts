/**
 * The vendor's prompt cache. It works without being requested. From gpt-5.6 on, a request can also set breakpoints and a lifetime, and switch caching off.
 * https://developers.openai.com/api/docs/guides/prompt-caching (read November 2026)
 */
import {
  type CachePlan,
  type CacheRequest,
  type Call,
  type CheckedCall,
  isObject,
  type JsonObject,
  type Note,
} from "@lumiverse/core/provider";
import { atLeast, openai as family } from "@lumiverse/protocols/families";
import type { OpenaiSettings, PromptCache } from "./settings.ts";

/** The cache settings of one call: the request's, otherwise the connection's. Undefined: the vendor caches by its own default. */
export function requestedCache({
  request,
  settings,
}: Pick<Call<OpenaiSettings>, "settings"> & { request: Pick<Call["request"], "cache"> }): PromptCache | undefined {
  return request.cache === undefined ? settings.promptCache : fromRequest(request.cache);
}

function fromRequest(cache: CacheRequest): PromptCache {
  if (cache === false) return { mode: "off" };
  const { ttl, automatic = false, tools = false, system = false, conversation = false } = cache;
  return {
    mode: automatic || !(tools || system || conversation) ? "implicit" : "explicit",
    // The vendor's two lifetimes are minimums, so the shortest one that covers the requested lifetime is sent.
    ...(ttl === undefined ? {} : { ttl: ttl === "1h" ? "12h" : "30m" }),
    // Tools cannot carry a breakpoint. They precede everything else in the prefix, so the system breakpoint covers them.
    system: system || tools,
    conversation,
  };
}

/** True for models that accept breakpoints and cache options. */
export function acceptsBreakpoints({ line, version }: family.OpenaiTraits): boolean {
  return line === "gpt" && atLeast(version, [5, 6]);
}

type AddNote = (field: string, message: string) => void;

/** The `cache` hook of both dialects: it adds breakpoints and options to the finished body. */
export function cacheHook({
  settings,
}: Call<OpenaiSettings>): (context: { body: JsonObject; call: CheckedCall; notes: Note[] }) => CachePlan | undefined {
  return ({ body, call: { request }, notes }) => {
    const requested = requestedCache({ request, settings });
    const { model } = request;
    const addNote: AddNote = (field, message) => void notes.push({ kind: "cache", field, message });
    const traits = family.traitsOf(model);
    if (body["prompt_cache_retention"] === "in_memory" && traits.line === "gpt" && atLeast(traits.version, [5, 5])) {
      delete body["prompt_cache_retention"];
      addNote("promptCacheRetention", `${model} accepts a retention of 24h only, so in_memory was not sent.`);
    }
    if (requested === undefined) return undefined;
    if (acceptsBreakpoints(traits)) return addBreakpoints(body, requested, addNote);
    const reason = `${model} caches automatically and accepts no cache options, which exist from gpt-5.6 on.`;
    addNote("cache", requested.mode === "off" ? `${reason} Its caching cannot be switched off.` : reason);
    return { breakpoints: [], excluded: [] };
  };
}

function addBreakpoints(body: JsonObject, requested: PromptCache, addNote: AddNote): CachePlan {
  const { mode, system = false, conversation = false } = requested;
  const field = Array.isArray(body["input"]) ? "input" : "messages";
  const ttl = addOptions(body, requested, field, addNote);
  // In the mode `explicit`, the vendor caches nothing without a breakpoint.
  if (mode === "off") return { breakpoints: [], excluded: [{ what: "everything", because: "caching is off" }] };
  const items = objectsOf(body[field]);
  const firstTurn = items.findIndex(({ role }) => role !== "system" && role !== "developer");
  const excluded: CachePlan["excluded"][number][] = [];
  const breakpoints: CachePlan["breakpoints"][number][] = [];
  const add = (what: string, index: number): void => {
    const item = items[index];
    if (item === undefined || !addBreakpointToLastPart(item, field === "input" ? "input_text" : "text")) {
      const because = `the request has no ${what} that can carry a breakpoint`;
      excluded.push({ what, because });
      addNote("cache", `No breakpoint was set: ${because}.`);
      return;
    }
    breakpoints.push({
      at: `${field}[${index}]`,
      ttl: ttl === "12h" ? "1h" : "5m", // the lifetimes of `request.cache`; the summary states the vendor's
      before: `tools, ${index + 1} message${index === 0 ? "" : "s"}`,
      estimatedTokens: estimateTokens(body["tools"] ?? "", items.slice(0, index + 1)),
      by: "explicit",
    });
  };
  if (system) add("system prompt", (firstTurn < 0 ? items.length : firstTurn) - 1);
  if (conversation) {
    const lastUserTurn = items.findLastIndex(({ role }) => role === "user");
    add("user turn", lastUserTurn);
  }
  if (mode === "explicit" && breakpoints.length === 0)
    excluded.push({ what: "everything", because: "nothing is cached without a breakpoint" });
  const labels = [mode === "implicit" && "auto", system && "system", conversation && "messages"].filter((label) => label !== false);
  return { summary: `Cache ${ttl ?? "30m"} • ${labels.join(" + ")}`, breakpoints, excluded };
}

/** Sets `prompt_cache_options`, and returns the lifetime that was sent. */
function addOptions(body: JsonObject, { mode, ttl: wanted }: PromptCache, field: string, addNote: AddNote): PromptCache["ttl"] {
  const options: JsonObject = { mode: mode === "off" ? "explicit" : mode };
  // The vendor's types (SDK 7.57) have the long lifetime for Responses only.
  const ttl = wanted === "12h" && field === "messages" ? "30m" : wanted;
  if (ttl !== wanted) addNote("cache", "Chat Completions accepts a lifetime of 30m only, so 12h became 30m.");
  if (ttl !== undefined && mode !== "off") options["ttl"] = ttl;
  body["prompt_cache_options"] = options;
  if ("prompt_cache_retention" in body) {
    delete body["prompt_cache_retention"];
    // Requests with both fields have been refused.
    addNote("promptCacheRetention", "prompt_cache_retention was dropped: the vendor refuses it together with prompt_cache_options.");
  }
  return ttl;
}

/** About four characters per token. */
function estimateTokens(...values: unknown[]): number {
  return Math.ceil(values.reduce<number>((sum, value) => sum + JSON.stringify(value).length, 0) / 4);
}

/** Sets a breakpoint on the last part of a message. A string becomes a list of one part. False when there is no part. */
function addBreakpointToLastPart(item: JsonObject, textType: string): boolean {
  const { content } = item;
  const parts = typeof content === "string" && content !== "" ? [{ type: textType, text: content }] : objectsOf(content);
  const last = parts.at(-1);
  if (last === undefined) return false;
  item["content"] = [...parts.slice(0, -1), { ...last, prompt_cache_breakpoint: { mode: "explicit" } }];
  return true;
}

function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
