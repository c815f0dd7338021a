import { describe, expect, it } from "vitest";
import type { AssistantMessage, Message, Note, Origin, Part, ToolResultPart } from "../../src/index.ts";
import { TRANSCRIPT_VERSION } from "../../src/provider.ts";
import { prepareTranscript } from "../../src/request/transcript.ts";
import { collect, connectTo, errorOf, HI } from "../support/calls.ts";
import { sampleProviderWith } from "../support/sample-provider.ts";
import { serve, sse, stream } from "../support/server.ts";

const HERE: Origin = { provider: "sample", protocol: "talk", model: "m-1", scope: "vendor" };
const signed = (origin: Origin = HERE) => ({ replay: { origin, data: { sign: "s" } } });
const user: Message = { role: "user", content: "go on" };
const assistant = (...content: Part[]): AssistantMessage => ({ role: "assistant", content });
const call = (id: string, more: object = {}): Part => ({ type: "tool-call", id, name: "look", arguments: "{}", input: {}, ...more });
const result = (id: string, content = "seen"): Message => ({ role: "tool", content: [{ type: "tool-result", id, content }] });

function prepare(messages: Message[], binding: "model" | "protocol" = "model", origin = HERE) {
  const notes: Note[] = [];
  return { ...prepareTranscript(messages, origin, binding, notes), notes: notes.map((note) => `${note.kind}: ${note.message}`) };
}

describe("payloads that an origin issued", () => {
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
  it("are sent back to it unchanged", () => {
    const messages = turn(HERE);
    const { messages: sent, notes } = prepare(messages);
    expect(sent).toEqual(messages);
    expect(notes).toEqual([]);
  });
  for (const [what, other] of [
    ["provider", { ...HERE, provider: "other" }],
    ["protocol", { ...HERE, protocol: "responses" }],
    ["model", { ...HERE, model: "m-2" }],
    ["host", { ...HERE, scope: "http://proxy.local/v1" }],
  ] as const)
    it(`are dropped with one note for another ${what}, and plain text is kept`, () => {
      const { messages: sent, notes } = prepare(turn(other));
      expect(sent).toEqual([assistant({ type: "text", text: "yes" }), user]);
      expect(notes).toEqual([
        `foreign: Dropped the payloads issued by ${other.provider} (${other.protocol}, ${other.model}, ${other.scope}): they are not valid here.`,
      ]);
    });
  it("are sent to another model when the protocol binds them to the protocol alone", () => {
    expect(prepare(turn({ ...HERE, model: "m-2" }), "protocol").notes).toEqual([]);
    expect(prepare(turn({ ...HERE, provider: "other" }), "protocol").notes).toHaveLength(1);
  });
  it("belong to a message whose content is a string too", () => {
    const plain = (origin: Origin): Message[] => [{ role: "assistant", content: "yes", ...signed(origin) }, user];
    expect(prepare(plain(HERE)).messages).toEqual(plain(HERE));
    const { messages, notes } = prepare(plain({ ...HERE, provider: "other" }));
    expect(messages).toEqual([{ role: "assistant", content: "yes" }, user]);
    expect(notes).toHaveLength(1);
  });
  it("are kept on empty text parts for the same origin only", () => {
    const empty = (origin: Origin): Message[] => [
      assistant({ type: "text", text: "a" }, { type: "text", text: "", ...signed(origin) }),
      user,
    ];
    expect(prepare(empty(HERE)).messages).toEqual(empty(HERE));
    expect(prepare(empty({ ...HERE, model: "x" })).messages[0]).toEqual(assistant({ type: "text", text: "a" }));
  });
  it("keep their text unchanged, even half a surrogate pair", () => {
    const text: Part = { type: "text", text: "a\ud800", ...signed() };
    expect(prepare([assistant(text), user]).messages[0]).toEqual(assistant(text));
  });
});

describe("calls and results", () => {
  it("stay as they are when they are in order, and each result gets the name of its call", () => {
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
  it("are joined in the order of the calls when results come in several messages or in another order", () => {
    const { messages } = prepare([assistant(call("a"), call("b")), result("b", "2"), result("a", "1"), user]);
    expect(messages.map((message) => message.role)).toEqual(["assistant", "tool", "user"]);
    expect(messages[1]?.content).toMatchObject([{ id: "a" }, { id: "b" }]);
  });
  it("are moved together with a note when another message stands between them", () => {
    const { messages, notes } = prepare([assistant(call("a")), user, result("a")]);
    expect(messages.map((message) => message.role)).toEqual(["assistant", "tool", "user"]);
    expect(notes).toEqual(["moved: A tool result that came after another message was moved to its call."]);
  });
  it("are paired one to one when calls of a turn share an id", () => {
    const { messages } = prepare([assistant(call("0"), call("0")), result("0", "first"), result("0", "second"), user]);
    expect(messages[1]?.content).toMatchObject([{ content: "first" }, { content: "second" }]);
  });
  it("get a result that says the call was interrupted when the result is missing", () => {
    for (const rest of [[], [user]] as Message[][]) {
      const { messages, notes } = prepare([user, assistant(call("a"), call("b")), result("b"), ...rest]);
      expect(messages[2]?.content).toEqual([
        { type: "tool-result", id: "a", name: "look", isError: true, content: "The call was interrupted and gave no result." },
        { type: "tool-result", id: "b", name: "look", content: "seen" },
      ]);
      expect(notes).toEqual(["changed: The call look had no result, so a result that says so was sent."]);
    }
  });
  it("lose a result without a call, and the second result of one call", () => {
    const orphan = prepare([user, result("ghost"), user]);
    expect(orphan.messages).toEqual([user, user]);
    expect(orphan.notes).toEqual(["changed: A tool result without its call was left out."]);
    const double = prepare([assistant(call("a")), result("a", "1"), result("a", "2"), user]);
    expect(double.messages[1]?.content).toMatchObject([{ content: "1" }]);
    expect(double.notes).toEqual(orphan.notes);
  });
  it("are paired within their turn when a host numbers every turn from 0", () => {
    const { messages } = prepare([assistant(call("0")), result("0", "first"), assistant(call("0")), result("0", "second"), user]);
    expect(messages.map((message) => (message.role === "tool" ? message.content[0]?.content : message.role))).toEqual([
      "assistant",
      "first",
      "assistant",
      "second",
      "user",
    ]);
  });
  it("are sent with {} and a note when the arguments do not parse", () => {
    const broken = call("a", { arguments: '{"x":', input: undefined, inputError: "cut" });
    const { messages, notes } = prepare([assistant(broken), result("a"), user]);
    expect(messages[0]?.content).toMatchObject([{ arguments: "{}", input: {} }]);
    expect(notes).toEqual(["changed: The arguments of the call look do not parse, so {} was sent instead."]);
  });
  it.each([
    ["a list", "[1]", '{"value":[1]}', { value: [1] }],
    ["a text", '"x"', '{"value":"x"}', { value: "x" }],
    ["null", "null", "{}", {}],
    ["nothing", "", "{}", {}],
  ])("are sent as an object when the arguments are %s", (_, given, sent, input) => {
    const { messages, notes } = prepare([assistant(call("a", { arguments: given, input: undefined })), result("a"), user]);
    expect(messages[0]?.content).toMatchObject([{ arguments: sent, input }]);
    expect(notes).toHaveLength(sent === "{}" ? 0 : 1);
  });
  it("that were written by hand without an input keep their arguments", () => {
    const { messages, notes } = prepare([assistant(call("a", { arguments: '{"at":2}', input: undefined })), result("a"), user]);
    expect(messages[0]?.content).toMatchObject([{ arguments: '{"at":2}', input: { at: 2 } }]);
    expect(notes).toEqual([]);
  });
});

describe("content that no vendor accepts", () => {
  it("an empty list of a user message is left out with a note", () => {
    const { messages, notes } = prepare([user, { role: "user", content: [] }]);
    expect(messages).toEqual([user]);
    expect(notes).toEqual(["changed: An empty user message was left out."]);
  });
  it("empty system and assistant messages are left out with a note, and so are empty text parts", () => {
    const { messages, notes } = prepare([{ role: "system", content: " " }, assistant(), user, assistant({ type: "text", text: "" }), user]);
    expect(messages).toEqual([user, user]);
    expect(notes).toEqual(["changed: An empty system message was left out.", "changed: An empty assistant message was left out."]);
  });
  it("source parts are not sent", () => {
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
    ["the name of a file", { role: "user", content: [{ type: "file", data: "AA==", mediaType: "text/plain", filename: "a\ud83c.txt" }] }],
    ["the URL of an image", { role: "user", content: [{ type: "image", url: "https://a.example/\ud83c" }] }],
    ["reasoning without a signature", assistant({ type: "reasoning", text: "a\ud83c" }, { type: "text", text: "b" })],
    ["the id and name of a call", assistant(call("a\ud83c", { name: "look\ud83c" }))],
  ] as [string, Message][])
    it(`half a surrogate pair in ${where} is replaced with a note, on a copy`, () => {
      const before = JSON.stringify(message);
      const rest = message.role === "tool" ? [message] : [result("a"), message, result("a\ud83c"), user];
      const { messages, notes } = prepare([assistant(call("a")), ...rest]);
      expect(JSON.stringify(messages)).not.toMatch(/\\ud[89a-f]/i);
      expect(notes).toContainEqual(expect.stringContaining("Half a surrogate pair"));
      expect(JSON.stringify(message)).toBe(before);
    });
  it("half a surrogate pair in the id of a call and of its result is the same id", () => {
    const { messages } = prepare([assistant(call("a\ud83c")), result("a\ud83c"), user]);
    expect(messages).toMatchObject([{ content: [{ id: "a\ufffd" }] }, { content: [{ id: "a\ufffd", content: expect.any(String) }] }, {}]);
    expect(JSON.stringify(messages)).not.toContain("interrupted");
  });
});

describe("half a surrogate pair in the arguments of a call", () => {
  const args = (text: string): Message => assistant(call("a", { arguments: text, input: JSON.parse(text) as unknown }));
  it.each(['{"x":"cut \ud83c"}', '{"x":"cut \\ud83c"}', '{"x":["cut \\uDF3B",1]}'])("is replaced with a note, on a copy (%j)", (text) => {
    const message = args(text);
    const before = JSON.stringify(message);
    const { messages, notes } = prepare([message, result("a")]);
    expect(JSON.stringify(messages)).not.toMatch(/\\ud[89a-f]/i);
    expect(JSON.stringify(messages)).toContain("cut \ufffd");
    expect(notes).toEqual([expect.stringContaining("Half a surrogate pair")]);
    expect(JSON.stringify(message)).toBe(before);
  });
  it("is replaced where a call has no parsed arguments", () => {
    const { messages, notes } = prepare([assistant(call("a", { arguments: '{"x":"cut \\ud83c"}', input: undefined })), result("a")]);
    expect(JSON.stringify(messages)).toContain("cut \ufffd");
    expect(notes).toEqual([expect.stringContaining("Half a surrogate pair")]);
  });
  it.each(['{"x":"\\ud83c\\udf3b"}', '{"x":"\u{1f33b}"}', '{"x":"the escape \\\\ud83c"}'])(
    "is none where the pair is whole, or the text names it (%j)",
    (text) => {
      const { messages, notes } = prepare([args(text), result("a")]);
      expect(messages[0]).toMatchObject({ content: [{ arguments: text }] });
      expect(notes).toEqual([]);
    },
  );
});

describe("an assistant turn at the end of the messages", () => {
  it("is a prefill", () => {
    const { messages, prefill } = prepare([user, assistant({ type: "text", text: "Once " }, { type: "text", text: "upon" })]);
    expect({ messages, prefill }).toEqual({ messages: [user], prefill: "Once upon" });
  });
  for (const [what, part] of [
    ["an image", { type: "image", data: "AA==", mediaType: "image/png" }],
    ["reasoning", { type: "reasoning", text: "hm", ...signed() }],
  ] as [string, Part][])
    it(`notes that its ${what.replace(/^an /, "")} is not sent`, () => {
      const { messages, prefill, notes } = prepare([user, assistant({ type: "text", text: "Once" }, part)]);
      expect({ messages, prefill }).toEqual({ messages: [user], prefill: "Once" });
      expect(notes).toEqual(["dropped: The last assistant turn is a prefill, so only its text was sent."]);
    });
  it("is sent unchanged when its vendor paused it", () => {
    const paused = assistant({ type: "text", text: "searching" }, { type: "opaque", kind: "server-tool", ...signed() });
    expect(prepare([user, paused])).toMatchObject({ messages: [user, paused], prefill: undefined });
  });
  it("is joined with the request's prefill, and the policy decides how it is sent", async () => {
    await using server = await serve((response) => stream(response));
    const request = { ...HI, messages: [user, { role: "assistant" as const, content: "Once " }], prefill: "upon" };
    await connectTo(server.url).generate(request);
    expect(JSON.parse(server.seen[0]?.body ?? "")).toMatchObject({ messages: [user], prefill: "Once upon" });
    const never = sampleProviderWith({ capabilities: { prefill: false } });
    expect((await errorOf(connectTo(server.url, {}, never).generate(request))).field).toBe("prefill");
    const { notes } = await connectTo(server.url, { unsupported: { prefill: "drop" } }, never).generate(request);
    expect(notes).toEqual([{ kind: "prefill", field: "prefill", message: expect.stringContaining("requested in words") }]);
    const sent = JSON.parse(server.seen[1]?.body ?? "");
    expect(sent.prefill).toBeUndefined();
    expect(sent.messages.at(-1)).toEqual({ role: "user", content: expect.stringMatching(/: Once upon$/) });
  });
});

it("a transcript continues after a JSON round trip, with signatures on its own provider and without them on another", async () => {
  await using server = await serve((response, _seen, count) =>
    stream(
      response,
      count === 1
        ? sse({ think: "hm" }, { sign: "s1" }, { call: "look", id: "c1" }, { args: '{"at":1}' }, { stop: "calls" }, "[DONE]")
        : undefined,
    ),
  );
  const home = connectTo(server.url);
  const asked = home.stream({ ...HI, tools: [{ name: "look" }] });
  await collect(asked);
  const first = await asked.response();
  const messages: Message[] = JSON.parse(
    JSON.stringify([...HI.messages, first.message, { role: "tool", content: [{ type: "tool-result", id: "c1", content: "a door" }] }]),
  );
  expect((await home.generate({ ...HI, messages })).notes).toEqual([]);
  const { version, ...sent } = first.message;
  expect(version).toBe(TRANSCRIPT_VERSION);
  expect(JSON.parse(server.seen[1]?.body ?? "").messages[1]).toEqual(sent);

  const elsewhere = connectTo(server.url, {}, { ...sampleProviderWith({}), id: "neighbour" });
  const { notes } = await elsewhere.generate({ ...HI, messages });
  expect(notes.map((note) => note.kind)).toEqual(["foreign"]);
  expect(JSON.stringify(JSON.parse(server.seen[2]?.body ?? "").messages)).not.toMatch(/s1|hm/);
});

describe("the transcript version", () => {
  const said = (version?: number): Message[] => [
    user,
    { role: "assistant", content: "yes", ...(version === undefined ? {} : { version }) },
    user,
  ];
  it("is accepted up to the version that this package writes, and when it is absent", () => {
    for (const version of [undefined, 1, TRANSCRIPT_VERSION]) expect(prepare(said(version)).messages).toHaveLength(3);
  });
  it("is not sent", () => {
    const content: Part[] = [{ type: "text", text: "yes" }];
    for (const message of [
      { role: "assistant", content: "yes", version: 1 },
      { ...assistant(...content), version: 1 },
    ] as Message[])
      expect(prepare([message, user]).messages[0]).not.toHaveProperty("version");
  });
  it("that is newer is a configuration error that names the message", async () => {
    const error = await errorOf(connectTo("http://127.0.0.1:1").generate({ ...HI, messages: said(TRANSCRIPT_VERSION + 1) }));
    expect(error).toMatchObject({
      code: "configuration",
      field: "messages[1].version",
      message: `sample: messages[1] has transcript version ${TRANSCRIPT_VERSION + 1}; this @lumiverse/core reads up to ${TRANSCRIPT_VERSION}`,
      hint: "Update @lumiverse/core",
      attempts: [],
    });
  });
});

it('a base URL is an origin of its own unless replayScope is "vendor"', async () => {
  const proxy = "http://proxy.local/v1";
  const said = (origin: Origin): Message[] => [user, assistant({ type: "text", text: "yes", ...signed(origin) }), user];
  const kinds = async (origin: Origin, replayScope: "own" | "vendor"): Promise<string[]> =>
    (await connectTo(`${proxy}/`, { replayScope }).explain({ ...HI, messages: said(origin) })).notes.map((note) => note.kind);
  expect(await kinds(HERE, "own")).toEqual(["foreign"]);
  expect(await kinds(HERE, "vendor")).toEqual([]);
  expect(await kinds({ ...HERE, scope: proxy }, "own")).toEqual([]);
});

it("a part that a tool result cannot hold is left out with a note", () => {
  // The types forbid it, but a transcript read from JSON can hold it.
  const odd = { type: "tool-result", id: "c-1", content: [call("c-2"), { type: "text", text: "seen" }] } as unknown as ToolResultPart;
  const { messages, notes } = prepare([user, assistant(call("c-1")), { role: "tool", content: [odd] }, user]);
  expect(messages[2]).toMatchObject({ role: "tool", content: [{ content: [{ type: "text", text: "seen" }] }] });
  expect(notes).toEqual(["dropped: A tool-call part cannot stand in a tool result and was left out."]);
});

describe("call ids", () => {
  const ids = (messages: readonly Message[]): string[] =>
    messages
      .flatMap(({ content }) => (typeof content === "string" ? [] : (content as readonly Part[])))
      .flatMap((part) => ("id" in part ? [part.id] : []));
  it("are unique over the whole request, each result under the id of its call", () => {
    const turns = [user, assistant(call("0"), call("0")), result("0", "a"), result("0", "b"), assistant(call("0")), result("0", "c")];
    const { messages } = prepare(turns);
    const sent = ids(messages);
    expect(new Set(sent).size).toBe(3);
    expect([sent.slice(0, 2), sent.slice(4, 5)]).toEqual([sent.slice(2, 4), sent.slice(5)]);
    const contents = messages.flatMap(({ role, content }) => (role === "tool" ? content.map((one) => one.content) : []));
    expect(contents).toEqual(["a", "b", "c"]);
    // A longer conversation begins with the same ids, so that caches of its prefix match.
    expect(ids(prepare([...turns, user, assistant(call("0")), result("0", "d")]).messages).slice(0, 6)).toEqual(sent);
  });
  it("that are unique stay as they are", () => {
    const turns = [user, assistant(call("a"), call("b")), result("a"), result("b"), assistant(call("c")), result("c")];
    expect(ids(prepare(turns).messages)).toEqual(["a", "b", "a", "b", "c", "c"]);
  });
});
