/**
 * Prompt-cache marks on this wire: gateways hand `cache_control` on to models that cache by breakpoints (Claude, Gemini, Qwen). It goes to
 * the last tool, to the system prompt, to the last user turn, and, where the model takes that, to the top of the body. A message that
 * carries a mark becomes a list of parts; all others stay as they were, byte for byte.
 */
import { type CachePlan, type CheckedCall, isObject, type JsonObject, type Note } from "@lumiverse/core";
import { cacheSummary } from "../messages/cache.ts";
import { cacheInForce, type PromptCache } from "../messages/host.ts";

export interface CacheMarks {
  /** Of the connection; `request.cache` replaces it. */
  setting?: PromptCache | undefined;
  /** The model knows an hour. Default true. */
  hour?: boolean;
  /** How many breakpoints count; of more, the last ones. Default 4. */
  slots?: number;
}

type Section = "tools" | "system" | "messages";
interface Claim {
  section: Section;
  by: "automatic" | "explicit";
  /** Where in its list. */
  at: number;
}

/** For a dialect's `cache`. What the model takes decides: `cache.automatic` has the mark at the top, `cache.explicit` marks on blocks. */
export function cacheMarks({
  setting,
  hour = true,
  slots = 4,
}: CacheMarks): (body: JsonObject, call: CheckedCall, notes: Note[]) => CachePlan | undefined {
  return (body, call, notes) => {
    const force = cacheInForce(setting, call.request.cache);
    if (force === undefined) return undefined;
    const note = (message: string): void => void notes.push({ kind: "cache", field: "cache", message });
    const { takes } = call.route;
    if (takes["cache.explicit"] !== true) {
      const because =
        takes["cache.implicit"] === true ? "this model's host caches unasked: no marks are needed" : "this model takes no cache marks";
      note(`${because}, none were sent`);
      return { breakpoints: [], excluded: [{ what: "everything", because }] };
    }
    if (force.ttl === "1h" && !hour) {
      note("this model's cache knows no lifetime: an hour can't be asked for");
      force.ttl = "5m";
    }
    const excluded: { what: string; because: string }[] = [];
    let claims = claimsOf(body, force, takes["cache.automatic"] === true, excluded);
    for (const { section } of claims.slice(0, Math.max(0, claims.length - slots)))
      excluded.push({ what: section, because: `of several breakpoints this model hears the last ${slots === 1 ? "one" : slots}` });
    claims = claims.slice(-slots);
    const mark = force.ttl === "1h" ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" };
    for (const claim of claims) place(body, claim, mark, takes["cache.automatic"] === true);
    const summary = cacheSummary(force);
    return {
      ...(summary === undefined ? {} : { summary }),
      breakpoints: claims.map((claim) => ({ ...describe(body, claim), ttl: force.ttl, by: claim.by })),
      excluded,
    };
  };
}

/** In the order of the prefix: tools, system, messages. Two claims on one place share it. */
function claimsOf(
  body: JsonObject,
  force: NonNullable<ReturnType<typeof cacheInForce>>,
  top: boolean,
  excluded: { what: string; because: string }[],
): Claim[] {
  const claims: Claim[] = [];
  const messages = listOf(body["messages"]);
  const want = (on: boolean, section: Section, at: number, by: Claim["by"], missing: string): void => {
    if (!on) return;
    if (at < 0) excluded.push({ what: section, because: missing });
    else if (!claims.some((claim) => claim.section === section && claim.at === at)) claims.push({ section, by, at });
  };
  want(force.tools, "tools", listOf(body["tools"]).length - 1, "explicit", "the request has no tools");
  const first = messages.findIndex((message) => message["role"] !== "system");
  want(force.system, "system", (first < 0 ? messages.length : first) - 1, "explicit", "the request has no system prompt");
  const user = messages.findLastIndex((message) => message["role"] === "user" && textAt(message) !== undefined);
  const last = top ? messages.length - 1 : user;
  want(force.automatic, "messages", last, "automatic", "the request has no user turn with text");
  want(force.conversation, "messages", user, "explicit", "the request has no user turn with text");
  return claims;
}

function place(body: JsonObject, { section, by, at }: Claim, mark: JsonObject, top: boolean): void {
  if (by === "automatic" && top) {
    body["cache_control"] = mark;
    return;
  }
  const list = body[section === "tools" ? "tools" : "messages"];
  const item: unknown = Array.isArray(list) ? list[at] : undefined;
  if (!Array.isArray(list) || !isObject(item)) return;
  if (section === "tools") {
    // A copy: a hosted tool is the caller's own object.
    list[at] = { ...item, cache_control: mark };
    return;
  }
  const content = item["content"];
  const parts: unknown[] = Array.isArray(content) ? content : [{ type: "text", text: content }];
  const text = textAt({ content: parts });
  if (text === undefined) return;
  item["content"] = parts.map((part, i) => (i === text && isObject(part) ? { ...part, cache_control: mark } : part));
}

/** The place of the last text in a message's content; undefined: it has none that could carry a mark. */
function textAt({ content }: JsonObject): number | undefined {
  if (typeof content === "string") return content === "" ? undefined : 0;
  const at = listOf(content).findLastIndex((part) => part["type"] === "text" && part["text"] !== "");
  return at < 0 ? undefined : at;
}

function describe(body: JsonObject, { section, at }: Claim): { at: string; before: string; estimatedTokens: number } {
  const tools = listOf(body["tools"]);
  const messages = listOf(body["messages"]);
  const turns = section === "tools" ? 0 : at + 1;
  // Four letters a token, by rule of thumb; tools come before all messages.
  const letters = JSON.stringify(tools).length + (turns === 0 ? 0 : JSON.stringify(messages.slice(0, turns)).length);
  return {
    at: section === "tools" ? `tools[${at}]` : `messages[${at}]`,
    before: [count(tools.length, "tool"), count(turns, "message")].filter((one) => one !== "").join(", "),
    estimatedTokens: Math.ceil(letters / 4),
  };
}

function count(n: number, what: string): string {
  return n === 0 ? "" : `${n} ${what}${n === 1 ? "" : "s"}`;
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
