/** A transcript made by any wire goes on at any other, and back: all pairs, from invented answers, through the whole of core. */
import type { Explanation } from "@lumiverse/core";
import type { JsonObject, Message, ToolCallPart } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { type Home, homes } from "./handoff-answers.ts";
import { explain, go, PIXEL, start } from "./handoff-turns.ts";

/** Every object anywhere in a body that has all fields of the payload, and those fields alike. */
function holds(body: unknown, payload: JsonObject): boolean {
  if (typeof body !== "object" || body === null) return false;
  const object = body as JsonObject; // looked at as JSON
  const same = (key: string): boolean => sorted(object[key]) === sorted(payload[key]);
  if (Object.keys(payload).every(same)) return true;
  return Object.values(object).some((value) => holds(value, payload));
}
/** JSON whose keys stand in order: what must come back is values, and the order of keys is the wire's. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort()) : inner,
  );
}

function callsOf(messages: readonly Message[]): ToolCallPart[] {
  return messages.flatMap(({ role, content }) =>
    role === "assistant" && typeof content !== "string" ? content.filter((part) => part.type === "tool-call") : [],
  );
}

function expectValid(home: Home, body: JsonObject, turns: number): void {
  const calls = home.calls(body);
  const results = home.results(body);
  expect(calls).toHaveLength(2 * turns);
  expect(results.map((result) => result.id)).toEqual(calls.map((call) => call.id));
  const ids = calls.map((call) => call.id);
  expect(new Set(ids).size).toBe(ids.every((id) => id === undefined) ? 1 : ids.length);
  for (const call of calls) {
    if (call.id !== undefined) expect(call.id).toMatch(home.id);
    expect(call.name).toMatch(home.name);
    expect(home.tools(body)).toContain(call.name);
    expect(call.input).toEqual({ pier: 7 });
  }
  expect(results.every((result, n) => result.text.includes(n % 2 === 0 ? "High." : "Seen."))).toBe(true);
  const text = JSON.stringify(body);
  expect(text.split(PIXEL)).toHaveLength(turns + 1);
  expect(text.split("Let me look.")).toHaveLength(turns + 1);
}

function expectForeign(body: JsonObject, notes: Explanation["notes"], from: Home, turn: string): void {
  const text = JSON.stringify(body);
  for (const payload of from.payloads(turn))
    for (const value of Object.values(payload))
      if (typeof value === "string" && value.startsWith("sealed")) expect(text).not.toContain(value);
  expect(
    notes
      .filter((note) => note.kind === "foreign")
      .map((note) => note.message)
      .join(),
  ).toContain(`payloads issued by ${from.provider.id} `);
}

describe.each(Object.entries(homes))("a turn of %s", (from, home) => {
  test.each(Object.entries(homes))("goes on at %s", async (to, next) => {
    const transcript = await go(home, start, "one");
    expect(callsOf(transcript)).toMatchObject([
      { name: "tide", input: { pier: 7 } },
      { name: "harbour.camera", input: { pier: 7 } },
    ]);
    const { body, notes } = await explain(next, [...transcript, { role: "user", content: "And now?" }]);
    expectValid(next, body as JsonObject, 1);
    if (from !== to) return expectForeign(body as JsonObject, notes, home, "one");
    expect(notes.filter((note) => note.kind === "foreign")).toEqual([]);
    for (const payload of home.payloads("one")) expect(holds(body, payload), JSON.stringify(payload)).toBe(true);
  });

  test.each(Object.entries(homes).filter(([to]) => to !== from))("comes home from %s with what is still its own", async (_to, away) => {
    const there = await go(home, start, "one");
    const back = await go(away, there, "two");
    const { body, notes } = await explain(home, back);
    expectValid(home, body as JsonObject, 2);
    for (const payload of home.payloads("one")) expect(holds(body, payload), JSON.stringify(payload)).toBe(true);
    expectForeign(body as JsonObject, notes, away, "two");
  });
});
