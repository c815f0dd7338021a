/** What a streamed and an unstreamed answer must have in common: everything but ids, cost, and where parts of a text are cut. */
import { meaning, type Turn } from "./play.ts";

/** As text: equal text says the same. */
export function gist(turn: Turn): string {
  const { response } = turn;
  if (response === undefined) return meaning(turn, false);
  const { text, reasoning, toolCalls, finishReason, usage, output } = response;
  const calls = toolCalls.map((call) => ({ name: call.name, input: call.input }));
  return JSON.stringify({ text, reasoning, calls, finishReason, usage: { ...usage, cost: undefined }, output });
}

/** What two JSON values both say: fields that are equal in both, lists where they are as long; undefined where they have nothing in common. */
export function agreed(a: unknown, b: unknown): unknown {
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return undefined;
    const items = a.map((item, i) => agreed(item, b[i]));
    return items.includes(undefined) ? undefined : items;
  }
  if (typeof a === "object" && a !== null && typeof b === "object" && b !== null) {
    if (Array.isArray(a) || Array.isArray(b)) return undefined;
    const other = new Map<string, unknown>(Object.entries(b));
    const common = Object.entries(a).flatMap(([key, value]): [string, unknown][] => {
      const both = other.has(key) ? agreed(value, other.get(key)) : undefined;
      return both === undefined ? [] : [[key, both]];
    });
    return Object.fromEntries(common);
  }
  return Object.is(a, b) ? a : undefined;
}
