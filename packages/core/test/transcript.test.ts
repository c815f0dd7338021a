import { describe, expect, it } from "vitest";
import { type AssistantMessage, type Message, type Note, type Origin, type Part, type ToolResultPart, textOf } from "../src/index.ts";
import { prepareTranscript } from "../src/transcript.ts";
import * as parts from "../src/transcript-parts.ts";
import { collect, failing, HI, to } from "./ask.ts";
import { serve, sse, stream } from "./server.ts";
import { strangerWith } from "./stranger.ts";

const HERE: Origin = { provider: "stranger", wire: "talk", model: "m-1", scope: "vendor" };
const signed = (origin: Origin = HERE) => ({ replay: { origin, data: { sign: "s" } } });
const user: Message = { role: "user", content: "go on" };
const assistant = (...content: Part[]): AssistantMessage => ({ role: "assistant", content });
const call = (id: string, more: object = {}): Part => ({ type: "tool-call", id, name: "look", arguments: "{}", input: {}, ...more });
const result = (id: string, content = "seen"): Message => ({ role: "tool", content: [{ type: "tool-result", id, content }] });

function prepare(messages: Message[], binds: "model" | "wire" = "model", origin = HERE) {
  const notes: Note[] = [];
  return { ...prepareTranscript(messages, origin, binds, notes, parts), notes: notes.map((note) => `${note.kind}: ${note.message}`) };
}

describe("payloads of an origin", () => {
  const turn = (origin: Origin): Message[] => [
    {
      ...assistant(
        { type: "reasoning", text: "hm", ...signed(origin) },
        { type: "text", text: "yes", ...signed(origin) },
        { type: "opaque", kind: "run", ...signed(origin) },
      ),
      replay: { origin, data: [1] },
    },
    user,
  ];
  it("go back to it untouched", () => {
    const messages = turn(HERE);
    const { messages: sent, notes } = prepare(messages);
    expect(sent).toEqual(messages);
    expect(notes).toEqual([]);
  });
  for (const [what, other] of [
    ["provider", { ...HERE, provider: "other" }],
    ["wire", { ...HERE, wire: "responses" }],
    ["model", { ...HERE, model: "m-2" }],
    ["host", { ...HERE, scope: "http://proxy.local/v1" }],
  ] as const)
    it(`stay home with another ${what}, with one note, and plain text goes on`, () => {
      const { messages: sent, notes } = prepare(turn(other));
      expect(sent).toEqual([assistant({ type: "text", text: "yes" }), user]);
      expect(notes).toEqual([
        `foreign: payloads of ${other.provider} (${other.wire}, ${other.model}, ${other.scope}) are not valid here and stayed home`,
      ]);
    });
  it("that are bound to their wire alone go to another model of it", () => {
    expect(prepare(turn({ ...HERE, model: "m-2" }), "wire").notes).toEqual([]);
    expect(prepare(turn({ ...HERE, provider: "other" }), "wire").notes).toHaveLength(1);
  });
  it("keep their empty signed text, at home only", () => {
    const empty = (origin: Origin): Message[] => [
      assistant({ type: "text", text: "a" }, { type: "text", text: "", ...signed(origin) }),
      user,
    ];
    expect(prepare(empty(HERE)).messages).toEqual(empty(HERE));
    expect(prepare(empty({ ...HERE, model: "x" })).messages[0]).toEqual(assistant({ type: "text", text: "a" }));
  });
  it("are never mended, not even half a surrogate pair", () => {
    const text: Part = { type: "text", text: "a\ud800", ...signed() };
    expect(prepare([assistant(text), user]).messages[0]).toEqual(assistant(text));
  });
});

describe("calls and results", () => {
  it("in order stay as they are, but for the name that some wires want", () => {
    const { messages, notes } = prepare([
      user,
      assistant(call("a"), call("b")),
      {
        role: "tool",
        content: [
          { type: "tool-result", id: "a", content: "1" },
          { type: "tool-result", id: "b", content: "2" },
        ],
      },
      user,
    ]);
    expect(messages[2]).toEqual({
      role: "tool",
      content: [
        { type: "tool-result", id: "a", name: "look", content: "1" },
        { type: "tool-result", id: "b", name: "look", content: "2" },
      ],
    });
    expect(notes).toEqual([]);
  });
  it("in several tool messages, or in another order, come together in the order of the calls", () => {
    const { messages } = prepare([assistant(call("a"), call("b")), result("b", "2"), result("a", "1"), user]);
    expect(messages.map((message) => message.role)).toEqual(["assistant", "tool", "user"]);
    expect(messages[1]?.content).toMatchObject([{ id: "a" }, { id: "b" }]);
  });
  it("that a message stands between are moved together, with a note", () => {
    const { messages, notes } = prepare([assistant(call("a")), user, result("a")]);
    expect(messages.map((message) => message.role)).toEqual(["assistant", "tool", "user"]);
    expect(notes).toEqual(["moved: a tool result that came after another message was moved to its call"]);
  });
  it("that share one id within a turn get a result each", () => {
    const { messages } = prepare([assistant(call("0"), call("0")), result("0", "first"), result("0", "second"), user]);
    expect(messages[1]?.content).toMatchObject([{ content: "first" }, { content: "second" }]);
  });
  it("without their result get one that says so", () => {
    for (const rest of [[], [user]] as Message[][]) {
      const { messages, notes } = prepare([user, assistant(call("a"), call("b")), result("b"), ...rest]);
      expect(messages[2]?.content).toEqual([
        { type: "tool-result", id: "a", name: "look", isError: true, content: "The call was interrupted and gave no result." },
        { type: "tool-result", id: "b", name: "look", content: "seen" },
      ]);
      expect(notes).toEqual(["changed: the call look had no result; one that says so was sent"]);
    }
  });
  it("without their call are left out, and so is a second result of one call", () => {
    const orphan = prepare([user, result("ghost"), user]);
    expect(orphan.messages).toEqual([user, user]);
    expect(orphan.notes).toEqual(["changed: a tool result without its call was left out"]);
    const double = prepare([assistant(call("a")), result("a", "1"), result("a", "2"), user]);
    expect(double.messages[1]?.content).toMatchObject([{ content: "1" }]);
    expect(double.notes).toEqual(orphan.notes);
  });
  it("of hosts that number every turn from 0 are paired within their turn", () => {
    const { messages } = prepare([assistant(call("0")), result("0", "first"), assistant(call("0")), result("0", "second"), user]);
    expect(messages.map((message) => (message.role === "tool" ? message.content[0]?.content : message.role))).toEqual([
      "assistant",
      "first",
      "assistant",
      "second",
      "user",
    ]);
  });
  it("whose arguments do not parse go back as {}, with a note", () => {
    const broken = call("a", { arguments: '{"x":', input: undefined, inputError: "cut" });
    const { messages, notes } = prepare([assistant(broken), result("a"), user]);
    expect(messages[0]?.content).toMatchObject([{ arguments: "{}", input: {} }]);
    expect(notes).toEqual(["changed: the arguments of the call look do not parse and were sent back as {}"]);
  });
});

describe("what no vendor accepts", () => {
  it("empty system and assistant messages, and parts without text, are left out with a note", () => {
    const { messages, notes } = prepare([{ role: "system", content: " " }, assistant(), user, assistant({ type: "text", text: "" }), user]);
    expect(messages).toEqual([user, user]);
    expect(notes).toEqual(["changed: an empty system message was left out", "changed: an empty assistant message was left out"]);
  });
  it("sources stay here: they are for showing", () => {
    const { messages } = prepare([assistant({ type: "text", text: "a" }, { type: "source", url: "https://example.org" }), user]);
    expect(messages[0]).toEqual(assistant({ type: "text", text: "a" }));
  });
  for (const [where, message] of [
    ["a string", { role: "user", content: "a\ud83c" }],
    ["a part", { role: "user", content: [{ type: "text", text: "\udf3b b" }] }],
    ["a tool's result", { role: "tool", content: [{ type: "tool-result", id: "a", content: "cut \ud83c" }] }],
    [
      "a part of a tool's result",
      { role: "tool", content: [{ type: "tool-result", id: "a", content: [{ type: "text", text: "cut \ud83c" }] }] },
    ],
  ] as [string, Message][])
    it(`half a surrogate pair in ${where} is replaced with a note, on a copy`, () => {
      const before = JSON.stringify(message);
      const { messages, notes } = prepare([assistant(call("a")), ...(message.role === "tool" ? [message] : [result("a"), message])]);
      expect(JSON.stringify(messages)).not.toMatch(/\\ud[89a-f]/i);
      expect(notes).toEqual([expect.stringContaining("half a surrogate pair")]);
      expect(JSON.stringify(message)).toBe(before);
    });
});

describe("an assistant turn at the end", () => {
  it("is a prefill", () => {
    const { messages, prefill } = prepare([user, assistant({ type: "text", text: "Once " }, { type: "text", text: "upon" })]);
    expect({ messages, prefill }).toEqual({ messages: [user], prefill: "Once upon" });
  });
  it("that its vendor paused goes back as it is", () => {
    const paused = assistant({ type: "text", text: "searching" }, { type: "opaque", kind: "server-tool", ...signed() });
    expect(prepare([user, paused])).toMatchObject({ messages: [user, paused], prefill: undefined });
  });
  it("joins with a prefill of the request, and the policy decides what becomes of it", async () => {
    await using server = await serve((response) => stream(response));
    const request = { ...HI, messages: [user, { role: "assistant" as const, content: "Once " }], prefill: "upon" };
    await to(server.url).generate(request);
    expect(JSON.parse(server.seen[0]?.body ?? "")).toMatchObject({ messages: [user], prefill: "Once upon" });
    const never = strangerWith({ takes: { prefill: false } });
    expect((await failing(to(server.url, {}, never).generate(request))).field).toBe("prefill");
    const { notes } = await to(server.url, { prefill: "instruction" }, never).generate(request);
    expect(notes).toEqual([{ kind: "prefill", field: "prefill", message: expect.stringContaining("asked for in words") }]);
    const sent = JSON.parse(server.seen[1]?.body ?? "");
    expect(sent.prefill).toBeUndefined();
    expect(sent.messages.at(-1)).toEqual({ role: "user", content: expect.stringMatching(/: Once upon$/) });
  });
});

it("a transcript survives JSON and goes on: home with its signatures, elsewhere without", async () => {
  await using server = await serve((response, _seen, count) =>
    stream(
      response,
      count === 1
        ? sse({ think: "hm" }, { sign: "s1" }, { call: "look", id: "c1" }, { args: '{"at":1}' }, { stop: "calls" }, "[DONE]")
        : undefined,
    ),
  );
  const home = to(server.url);
  const asked = home.stream({ ...HI, tools: [{ name: "look" }] });
  await collect(asked);
  const first = await asked.response();
  const messages: Message[] = JSON.parse(
    JSON.stringify([...HI.messages, first.message, { role: "tool", content: [{ type: "tool-result", id: "c1", content: "a door" }] }]),
  );
  expect((await home.generate({ ...HI, messages })).notes).toEqual([]);
  expect(JSON.parse(server.seen[1]?.body ?? "").messages[1]).toEqual(first.message);

  const elsewhere = to(server.url, {}, { ...strangerWith({}), id: "neighbour" });
  const { notes } = await elsewhere.generate({ ...HI, messages });
  expect(notes.map((note) => note.kind)).toEqual(["foreign"]);
  expect(JSON.stringify(JSON.parse(server.seen[2]?.body ?? "").messages)).not.toMatch(/s1|hm/);
});

it("a base URL is an origin of its own, unless one says that it fronts the vendor", async () => {
  const proxy = "http://proxy.local/v1";
  const said = (origin: Origin): Message[] => [user, assistant({ type: "text", text: "yes", ...signed(origin) }), user];
  const kinds = async (origin: Origin, replayScope: "own" | "vendor"): Promise<string[]> =>
    (await to(`${proxy}/`, { replayScope }).explain({ ...HI, messages: said(origin) })).notes.map((note) => note.kind);
  expect(await kinds(HERE, "own")).toEqual(["foreign"]);
  expect(await kinds(HERE, "vendor")).toEqual([]);
  expect(await kinds({ ...HERE, scope: proxy }, "own")).toEqual([]);
});

it("the text of a message is its text parts", () => {
  expect(textOf("a")).toBe("a");
  expect(
    textOf([
      { type: "reasoning", text: "x" },
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ]),
  ).toBe("ab");
});

it("a part that no tool result can hold is left out of it, and said so", () => {
  // The types forbid it; histories read from JSON hold what they hold.
  const odd = { type: "tool-result", id: "c-1", content: [call("c-2"), { type: "text", text: "seen" }] } as unknown as ToolResultPart;
  const { messages, notes } = prepare([user, assistant(call("c-1")), { role: "tool", content: [odd] }, user]);
  expect(messages[2]).toMatchObject({ role: "tool", content: [{ content: [{ type: "text", text: "seen" }] }] });
  expect(notes).toEqual(["dropped: a tool-call part can't stand in a tool result and was left out"]);
});
