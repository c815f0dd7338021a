/** Blocks that are left out of a client's turns for its own vendor. */
import type { Note } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { expect, it } from "vitest";
import { LeftOutBlock, removeLeftOut } from "../../src/inbound/messages/left-out.ts";

const MARK = { cache_control: { type: "ephemeral" } };
const CALL = { type: "server_tool_use", id: "s1", name: "web_search", input: {} };
const RESULT = { type: "web_search_tool_result", tool_use_id: "s1", content: [] };
/** A new block each time, as bodies have them: breakpoints are set in place. */
const text = (more: JsonObject = {}): JsonObject => ({ type: "text", text: "High.", ...more });
const user = (content: unknown = "Hi"): JsonObject => ({ role: "user", content });
const assistant = (...content: unknown[]): JsonObject => ({ role: "assistant", content });

function without(messages: unknown[]): { messages: unknown; notes: string[] } {
  const notes: Note[] = [];
  const body: JsonObject = { messages };
  removeLeftOut({ http: { body }, notes });
  return { messages: body["messages"], notes: notes.map(({ kind, message }) => `${kind}: ${message}`) };
}

it("take along the call of a result, in whichever turn it is, and no other call", () => {
  const other = { ...CALL, id: "s2" };
  const ofOther = { ...RESULT, tool_use_id: "s2" };
  const named = text({ id: "s1" });
  const { messages, notes } = without([
    user(),
    assistant(CALL, other, ofOther),
    user(),
    assistant(new LeftOutBlock(RESULT), named),
    user([{ type: "tool_result", tool_use_id: "s1", content: "own" }]),
  ]);
  expect(messages).toEqual([
    user(),
    assistant(other, ofOther),
    user(),
    assistant(named),
    user([{ type: "tool_result", tool_use_id: "s1", content: "own" }]),
  ]);
  expect(notes).toEqual([expect.stringMatching(/^foreign: A call of the vendor's own tool was dropped with its result/)]);
});

it("take the name of a call that is left out from the calls that its code made", () => {
  const made = (id: string): JsonObject => ({
    type: "tool_use",
    id: "t1",
    name: "look",
    input: {},
    caller: { type: "code_execution_20250825", tool_id: id },
  });
  const direct = { type: "tool_use", id: "t2", name: "look", input: {}, caller: { type: "direct" } };
  const { messages } = without([user(), assistant(CALL, made("s1"), made("s9"), direct, new LeftOutBlock(RESULT))]);
  const { caller: _, ...own } = made("s1");
  expect(messages).toEqual([user(), assistant(own, made("s9"), direct)]);
});

it("leave their breakpoint at the block before, and a note where there is none", () => {
  const left = new LeftOutBlock({ ...RESULT, ...MARK });
  expect(without([user(), assistant(CALL, left)]).messages).toEqual([user([{ type: "text", text: "Hi", ...MARK }])]);
  expect(without([user([text()]), assistant(text(), CALL, left, text())]).messages).toEqual([
    user([text()]),
    assistant(text(MARK), text()),
  ]);
  const hour = { cache_control: { type: "ephemeral", ttl: "1h" } };
  expect(without([user([text(hour)]), assistant(left)]).messages).toEqual([user([text(hour)])]);
  const first = without([assistant(left, text()), user()]);
  expect(first.messages).toEqual([assistant(text()), user()]);
  expect(first.notes).toEqual([expect.stringMatching(/^cache: A cache breakpoint was left out/)]);
});

it("change nothing else: bodies without one stay as they are, whatever they contain", () => {
  for (const messages of [
    [],
    [null, 7, "text", {}, user(null), user(""), { role: "user" }, user([]), user([null, 7]), assistant()],
    [user(), user()],
  ])
    expect(without(structuredClone(messages)).messages).toEqual(messages);
  for (const messages of [undefined, null, "text", {}]) {
    const body: JsonObject = { messages };
    removeLeftOut({ http: { body }, notes: [] });
    expect(body).toEqual({ messages });
  }
  removeLeftOut({ http: {}, notes: [] });
});

it("never leave an empty turn, half a pair, two neighbours of one role or one breakpoint more, whatever is left out", () => {
  let seed = 7;
  const below = (most: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % most;
  };
  for (let round = 0; round < 3000; round++) {
    let id = 0;
    let marks = 0;
    const mark = (): JsonObject => {
      if (below(4) > 0) return {};
      marks++;
      return MARK;
    };
    const blocks = (): unknown[] => {
      const some: unknown[] = [];
      for (let n = below(4) + 1; n > 0; n--) {
        const kind = below(5);
        const pair = `s${id++}`;
        if (kind === 0) some.push(text(mark()));
        if (kind === 1) some.push({ type: "thinking", thinking: "Five?", signature: "signed" });
        if (kind === 2) some.push(new LeftOutBlock(text(mark())));
        if (kind > 2)
          some.push(
            { ...CALL, id: pair, ...mark() },
            kind === 3 ? new LeftOutBlock({ ...RESULT, tool_use_id: pair, ...mark() }) : { ...RESULT, tool_use_id: pair },
          );
      }
      return some;
    };
    const given: unknown[] = [];
    for (let n = below(5) + 1; n > 0; n--) given.push(below(2) === 0 ? user() : user([text(mark())]), assistant(...blocks()));
    const { messages } = without(given);
    const turns = (messages as unknown[]).filter(isObject);
    const all = turns.flatMap(({ content }) => content).filter(isObject);
    expect(turns.some(({ content }) => Array.isArray(content) && content.length === 0)).toBe(false);
    expect(turns.some(({ role }, at) => role === turns[at + 1]?.["role"])).toBe(false);
    expect(all.some((block) => block instanceof LeftOutBlock)).toBe(false);
    const idsOf = (key: string): unknown[] => all.flatMap((block) => block[key] ?? []);
    expect(idsOf("id")).toEqual(idsOf("tool_use_id"));
    expect(idsOf("cache_control").length).toBeLessThanOrEqual(marks);
  }
});
