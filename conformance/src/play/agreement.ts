/** Compares a streamed and an unstreamed answer. Only ids, cost and the boundaries of text parts may differ. */
import { comparableTurn, type Turn } from "./play.ts";

/** The content of a turn as text. Two turns with equal text have the same content. */
export function comparableAnswer(turn: Turn): string {
  const { response } = turn;
  if (response === undefined) return comparableTurn(turn, false);
  const { text, reasoning, toolCalls, finishReason, usage, output } = response;
  const calls = toolCalls.map((call) => ({ name: call.name, input: call.input }));
  return JSON.stringify({ text, reasoning, calls, finishReason, usage: { ...usage, cost: undefined }, output });
}

/** The fields and items that two JSON values have in common. Arrays of different lengths have nothing in common, which is undefined. */
export function commonParts(a: unknown, b: unknown): unknown {
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return undefined;
    const items = a.map((item, i) => commonParts(item, b[i]));
    return items.includes(undefined) ? undefined : items;
  }
  if (typeof a === "object" && a !== null && typeof b === "object" && b !== null) {
    if (Array.isArray(a) || Array.isArray(b)) return undefined;
    const other = new Map<string, unknown>(Object.entries(b));
    const common = Object.entries(a).flatMap(([key, value]): [string, unknown][] => {
      const both = other.has(key) ? commonParts(value, other.get(key)) : undefined;
      return both === undefined ? [] : [[key, both]];
    });
    return Object.fromEntries(common);
  }
  return Object.is(a, b) ? a : undefined;
}
