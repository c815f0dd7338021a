import type { JsonObject } from "../chat/json.ts";
import type { PrefixDiff } from "../contract/call.ts";

/** The fields that form a cached prefix, in the order of the vendors' caches. The names are those of all four protocols. */
const SECTIONS = [
  "model",
  "tools",
  "tool_choice",
  "toolConfig",
  "system",
  "instructions",
  "systemInstruction",
  "thinking",
  "messages",
  "input",
  "contents",
];
/** The last section, which may grow without changing the prefix. */
const CONVERSATION: ReadonlySet<string> = new Set(["messages", "input", "contents"]);

/** Where the cacheable prefix of two bodies differs. Cache marks are ignored. */
export function diffPrefix(previous: JsonObject, next: JsonObject): PrefixDiff {
  for (const section of SECTIONS) {
    const [a, b] = [previous[section], next[section]];
    if (!Array.isArray(a) || !Array.isArray(b)) {
      if (toText(a) !== toText(b)) return { at: section, because: describeDifference(toText(a), toText(b)) };
      continue;
    }
    for (let i = 0; i < a.length; i++) {
      const at = `${section}[${i}]`;
      if (i >= b.length) return { at, because: `the previous request had ${a.length} entries, this one has ${b.length}` };
      if (toText(a[i]) !== toText(b[i])) return { at, because: describeDifference(toText(a[i]), toText(b[i])) };
    }
    if (b.length > a.length && !CONVERSATION.has(section))
      return { at: `${section}[${a.length}]`, because: "an entry was added before the conversation" };
  }
  return {};
}

function toText(value: unknown): string {
  if (value === undefined) return "";
  return JSON.stringify(value, (key, inner) => (key === "cache_control" || key === "prompt_cache_breakpoint" ? undefined : inner));
}

function describeDifference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  const excerpt = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 20), at + 20));
  return `the bytes differ from character ${at}: ${excerpt(a)} became ${excerpt(b)}`;
}
