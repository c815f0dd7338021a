/**
 * The vendor's prompt cache. It caches by itself; from gpt-5.6 on one may also say where a prefix ends, how long it is held, and that nothing is cached.
 * https://developers.openai.com/api/docs/guides/prompt-caching (read November 2026)
 */
import { type CachePlan, type CacheRequest, type Call, isObject, type JsonObject, type Note } from "@lumiverse/core";
import { atLeast, openai as family } from "@lumiverse/protocols/families";
import type { OpenaiSettings, PromptCache } from "./settings.ts";

/** What is asked for: by the call, else by the connection. Undefined: nothing, and the vendor does as it always does. */
export function cacheAsked({ request, settings }: Pick<Call<OpenaiSettings>, "request" | "settings">): PromptCache | undefined {
  return request.cache === undefined ? settings.promptCache : fromRequest(request.cache);
}

function fromRequest(cache: CacheRequest): PromptCache {
  if (cache === false) return { mode: "off" };
  const { ttl, automatic = false, tools = false, system = false, conversation = false } = cache;
  return {
    mode: automatic || !(tools || system || conversation) ? "implicit" : "explicit",
    // The vendor's two lifetimes are least times, so each is the shortest that holds what is asked.
    ...(ttl === undefined ? {} : { ttl: ttl === "1h" ? "12h" : "30m" }),
    // Tools carry no mark. They stand before everything else, so that the first mark covers them.
    system: system || tools,
    conversation,
  };
}

export function marksTaken(model: string): boolean {
  const { line, version } = family.traitsOf(model);
  return line === "gpt" && atLeast(version, [5, 6]);
}

/** Marks and options in the finished body of either API. */
export function cacheOf(call: Call<OpenaiSettings>): (body: JsonObject, call: unknown, notes: Note[]) => CachePlan | undefined {
  const asked = cacheAsked(call);
  const { model } = call.request;
  return (body, _call, notes) => {
    const note = (field: string, message: string): void => void notes.push({ kind: "cache", field, message });
    const { line, version } = family.traitsOf(model);
    if (body["prompt_cache_retention"] === "in_memory" && line === "gpt" && atLeast(version, [5, 5])) {
      delete body["prompt_cache_retention"];
      note("promptCacheRetention", `${model} holds prefixes for 24h alone: in_memory was not sent`);
    }
    if (asked === undefined) return undefined;
    if (!marksTaken(model)) {
      const because = `${model} caches by itself and takes no options or marks, which came with gpt-5.6`;
      note("cache", asked.mode === "off" ? `${because}: its caching can't be switched off` : because);
      return { breakpoints: [], excluded: [] };
    }
    return mark(body, asked, note);
  };
}

function mark(body: JsonObject, { mode, ttl: wanted, system = false, conversation = false }: PromptCache, note: Noter): CachePlan {
  const options: JsonObject = { mode: mode === "off" ? "explicit" : mode };
  const field = Array.isArray(body["input"]) ? "input" : "messages";
  // Lifetimes depend on the API: the vendor's types (SDK 7.57) have the long one for Responses alone.
  const ttl = wanted === "12h" && field === "messages" ? "30m" : wanted;
  if (ttl !== wanted) note("cache", "Chat Completions holds prefixes for 30m at least, not for 12h; Responses takes both");
  if (ttl !== undefined && mode !== "off") options["ttl"] = ttl;
  body["prompt_cache_options"] = options;
  if ("prompt_cache_retention" in body) {
    delete body["prompt_cache_retention"];
    note("promptCacheRetention", "prompt_cache_options take the place of prompt_cache_retention; both in one request were seen refused");
  }
  // Without a mark, `explicit` means that nothing is cached.
  if (mode === "off") return { breakpoints: [], excluded: [{ what: "everything", because: "caching is off" }] };
  const items = listOf(body[field]);
  const first = items.findIndex(({ role }) => role !== "system" && role !== "developer");
  const excluded: CachePlan["excluded"][number][] = [];
  const breakpoints: CachePlan["breakpoints"][number][] = [];
  const put = (on: boolean, what: string, at: number): void => {
    if (!on) return;
    const item = items[at];
    if (item === undefined || !markLast(item, field === "input" ? "input_text" : "text")) {
      excluded.push({ what, because: `the request has no ${what} that can carry a mark` });
      note("cache", `the request has no ${what} that can carry a mark: none was sent`);
      return;
    }
    breakpoints.push({
      at: `${field}[${at}]`,
      ttl: ttl === "12h" ? "1h" : "5m", // in the words of the request; the summary has the vendor's
      before: `tools, ${at + 1} message${at === 0 ? "" : "s"}`,
      estimatedTokens: Math.ceil((JSON.stringify(body["tools"] ?? "").length + JSON.stringify(items.slice(0, at + 1)).length) / 4),
      by: "explicit",
    });
  };
  put(system, "system prompt", (first < 0 ? items.length : first) - 1);
  put(
    conversation,
    "user turn",
    items.findLastIndex(({ role }) => role === "user"),
  );
  if (mode === "explicit" && breakpoints.length === 0) excluded.push({ what: "everything", because: "without a mark nothing is cached" });
  const places = [mode === "implicit" && "auto", system && "system", conversation && "messages"].filter((place) => place !== false);
  return { summary: `Cache ${ttl ?? "30m"} • ${places.join(" + ")}`, breakpoints, excluded };
}

type Noter = (field: string, message: string) => void;

/** Marks the last part of a message's content; a text becomes a list of one part. */
function markLast(item: JsonObject, text: string): boolean {
  const { content } = item;
  const parts = typeof content === "string" && content !== "" ? [{ type: text, text: content }] : listOf(content);
  const last = parts.at(-1);
  if (last === undefined) return false;
  item["content"] = [...parts.slice(0, -1), { ...last, prompt_cache_breakpoint: { mode: "explicit" } }];
  return true;
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
