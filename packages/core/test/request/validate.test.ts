import { describe, expect, it } from "vitest";
import type { ChatRequest, Message } from "../../src/index.ts";
import { connectTo, errorOf, HI } from "../support/calls.ts";

const never: typeof fetch = () => Promise.reject(new Error("it was sent"));
const user = (content: unknown): object => ({
  ...HI,
  messages: [
    { role: "user", content: "hi" },
    { role: "user", content },
  ],
});
const messages = (...more: unknown[]): object => ({ ...HI, messages: [...HI.messages, ...more] });
const tools = (...more: unknown[]): object => ({ ...HI, tools: [{ name: "look" }, ...more] });

/** What callers pass by mistake, the path of the mistake, and what the error says to do. */
const MISTAKES: [string, unknown, string, string][] = [
  ["nothing", undefined, "request", "{ model, messages }"],
  ["null", null, "request", "{ model, messages }"],
  ["a text", "hi", "request", "{ model, messages }"],
  ["a misspelt field", { ...HI, temprature: 1 }, "temprature", "`parameters`"],
  ["a field named like a property of every object", { ...HI, ["constructor"]: 1 }, "constructor", "`parameters`"],
  ["a field of OpenAI", { ...HI, max_tokens: 5 }, "max_tokens", "`maxOutputTokens`"],
  ["a field of the AI SDK", { ...HI, abortSignal: 5 }, "abortSignal", "`signal`"],
  ["no model", { messages: HI.messages }, "model", "`model`"],
  ["a blank model", { ...HI, model: " " }, "model", "the model's id"],
  ["no messages", { model: "m-1" }, "messages", "`messages`"],
  ["an empty list of messages", { ...HI, messages: [] }, "messages", "at least one user message"],
  ["messages that are a text", { ...HI, messages: "hi" }, "messages", "a list of messages"],
  ["a number that is NaN", { ...HI, temperature: Number.NaN }, "temperature", "a finite number"],
  ["a number as a text", { ...HI, temperature: "0.5" }, "temperature", "a finite number"],
  ["an infinite limit", { ...HI, maxOutputTokens: Number.POSITIVE_INFINITY }, "maxOutputTokens", "a whole number"],
  ["a misspelt level of reasoning", { ...HI, reasoning: "hgh" }, "reasoning", '"high"'],
  ["reasoning without a number of tokens", { ...HI, reasoning: { budgetTokens: "many" } }, "reasoning", "{ budgetTokens }"],
  ["a tool choice of another API", { ...tools(), toolChoice: { type: "tool", name: 5 } }, "toolChoice", '"required"'],
  ["headers as an instance of Headers", { ...HI, headers: new Headers({ a: "b" }) }, "headers", "a plain object"],
  ["a header that is a number", { ...HI, headers: { a: 1 } }, "headers", "header values"],
  ["a signal that is none", { ...HI, signal: { aborted: false } }, "signal", "an AbortSignal"],
  ["a negative timeout", { ...HI, timeouts: { idle: -1 } }, "timeouts", "at least 0"],
  ["a misspelt timeout", { ...HI, timeouts: { totl: 5 } }, "timeouts.totl", "response, firstEvent, idle, total"],
  ["a time that no cache keeps", { ...HI, cache: { ttl: "2h" } }, "cache", '"5m" or "1h"'],
  ["a misspelt field of the cache", { ...HI, cache: { tttl: "1h" } }, "cache.tttl", "automatic"],
  ["a message that is a text", messages("hi"), "messages[1]", "{ role, content }"],
  ["an unknown role", messages({ role: "robot", content: "hi" }), "messages[1].role", '"assistant"'],
  ["a role of Gemini", messages({ role: "model", content: "hi" }), "messages[1].role", '"assistant"'],
  ["no role", messages({ content: "hi" }), "messages[1].role", '"user"'],
  ["no content", messages({ role: "user" }), "messages[1].content", "a text or a list of parts"],
  ["content that is a number", messages({ role: "user", content: 5 }), "messages[1].content", "a text or a list of parts"],
  ["content that is one part", messages({ role: "user", content: { type: "text", text: "a" } }), "messages[1].content", "a list of parts"],
  ["a part that is a text", user(["hi"]), "messages[1].content[0]", '{ type: "text", text }'],
  [
    "an image part of OpenAI",
    user([{ type: "image_url", image_url: { url: "a" } }]),
    "messages[1].content[0].type",
    '{ type: "image", url }',
  ],
  ["a text part of OpenAI's Responses", user([{ type: "input_text", text: "a" }]), "messages[1].content[0].type", '{ type: "text", text }'],
  ["an image at a path", user([{ type: "image", url: "/home/me/a.png" }]), "messages[1].content[0]", "Pass a local file as data"],
  ["an image at a file URL", user([{ type: "image", url: "file:///a.png" }]), "messages[1].content[0]", "Pass a local file as data"],
  ...["https://", "http://exa mple/a.png", "a picture of a cat"].map((url): [string, unknown, string, string] => [
    `${url} as the URL of an image`,
    user([{ type: "image", url }]),
    "messages[1].content[0]",
    "url is no address that a vendor can fetch",
  ]),
  ["a media type without a slash", user([{ type: "image", data: "AA==", mediaType: "png" }]), "messages[1].content[0]", "image/png"],
  ["an image part of the AI SDK", user([{ type: "image", image: "AA==" }]), "messages[1].content[0]", "`data` (base64)"],
  [
    "a file part of the AI SDK",
    user([{ type: "file", data: new Uint8Array(2), mediaType: "image/png" }]),
    "messages[1].content[0]",
    "data (base64)",
  ],
  [
    "an image part of Anthropic",
    user([{ type: "image", source: { type: "base64", data: "A" } }]),
    "messages[1].content[0]",
    "`data` (base64)",
  ],
  ["a document part of Anthropic", user([{ type: "document", source: {} }]), "messages[1].content[0].type", '{ type: "file"'],
  [
    "a tool result of Anthropic",
    user([{ type: "tool_result", tool_use_id: "a", content: "b" }]),
    "messages[1].content[0].type",
    '"tool-result"',
  ],
  ["a part of Gemini", user([{ inlineData: { data: "AA==" } }]), "messages[1].content[0].type", "image"],
  ["a part named like a property of every object", user([{ type: "constructor" }]), "messages[1].content[0].type", "text"],
  [
    "a media type that is a number",
    user([{ type: "file", url: "https://a.example", mediaType: 5 }]),
    "messages[1].content[0].mediaType",
    "a text",
  ],
  [
    "a tool result in a user message",
    user([{ type: "tool-result", id: "a", content: "b" }]),
    "messages[1].content[0].type",
    '{ role: "tool"',
  ],
  [
    "a call in a user message",
    user([{ type: "tool-call", id: "a", name: "b", arguments: "{}" }]),
    "messages[1].content[0].type",
    "text, image",
  ],
  [
    "an image in a system message",
    messages({ role: "system", content: [{ type: "image", url: "a" }] }),
    "messages[1].content[0].type",
    "text",
  ],
  [
    "an assistant turn of OpenAI",
    messages({ role: "assistant", content: null, tool_calls: [{}] }),
    "messages[1].tool_calls",
    '"tool-call"',
  ],
  [
    "a call of the AI SDK",
    messages({ role: "assistant", content: [{ type: "tool-call", toolCallId: "a", toolName: "b", input: {} }] }),
    "messages[1].content[0]",
    "`arguments`",
  ],
  [
    "a call whose arguments are an object",
    messages({ role: "assistant", content: [{ type: "tool-call", id: "a", name: "b", arguments: {} }] }),
    "messages[1].content[0]",
    "JSON as a text",
  ],
  ["a tool message of OpenAI", messages({ role: "tool", tool_call_id: "a", content: "b" }), "messages[1].tool_call_id", '"tool-result"'],
  ["a tool message with a text", messages({ role: "tool", content: "b" }), "messages[1].content", '"tool-result"'],
  [
    "a tool message with a text part",
    messages({ role: "tool", content: [{ type: "text", text: "b" }] }),
    "messages[1].content[0].type",
    "tool-result",
  ],
  [
    "a tool result of the AI SDK",
    messages({ role: "tool", content: [{ type: "tool-result", toolCallId: "a", output: {} }] }),
    "messages[1].content[0]",
    "`id` and `content`",
  ],
  [
    "an image of OpenAI in a tool result",
    messages({ role: "tool", content: [{ type: "tool-result", id: "a", content: [{ type: "image_url" }] }] }),
    "messages[1].content[0].content[0].type",
    '{ type: "image"',
  ],
  [
    "a payload that storage has damaged",
    messages({ role: "assistant", content: "a", replay: {} }),
    "messages[1].replay",
    "store messages unchanged",
  ],
  [
    "a payload of a part that storage has damaged",
    messages({ role: "assistant", content: [{ type: "reasoning", text: "a", replay: null }] }),
    "messages[1].content[0].replay",
    "store messages unchanged",
  ],
  ["a hole in the messages", { ...HI, messages: Object.assign([...HI.messages], { length: 3 }) }, "messages[1]", "{ role, content }"],
  [
    "a hole in the content",
    messages({ role: "user", content: Object.assign([{ type: "text", text: "a" }], { length: 2 }) }),
    "messages[1].content[1]",
    "a part",
  ],
  [
    "an image without its bytes",
    messages({ role: "user", content: [{ type: "image", data: "", mediaType: "image/png" }] }),
    "messages[1].content[0]",
    "base64",
  ],
  [
    "a data URL in the place of base64",
    messages({ role: "user", content: [{ type: "image", data: "data:image/png;base64,iVBO", mediaType: "image/png" }] }),
    "messages[1].content[0]",
    "A data URL is a url",
  ],
  [
    "a URL of a browser",
    messages({ role: "user", content: [{ type: "image", url: "blob:https://a.example/1" }] }),
    "messages[1].content[0]",
    "url",
  ],
  [
    "an address without https",
    messages({ role: "user", content: [{ type: "image", url: "www.example.com/a.png" }] }),
    "messages[1].content[0]",
    "url",
  ],
  [
    "bytes in the place of base64",
    messages({ role: "user", content: [{ type: "image", data: new Uint8Array(3), mediaType: "image/png" }] }),
    "messages[1].content[0]",
    "base64",
  ],
  [
    "a detail that does not exist",
    messages({ role: "user", content: [{ type: "image", url: "https://a.example/a.png", detail: "hgh" }] }),
    "messages[1].content[0].detail",
    '"auto"',
  ],
  [
    "a failed result of Anthropic",
    messages({ role: "tool", content: [{ type: "tool-result", id: "a", content: "b", is_error: true }] }),
    "messages[1].content[0].is_error",
    "`isError`",
  ],
  [
    "isError as a text",
    messages({ role: "tool", content: [{ type: "tool-result", id: "a", content: "b", isError: "yes" }] }),
    "messages[1].content[0].isError",
    "true or false",
  ],
  ["a budget that is no whole number", { ...HI, reasoning: { budgetTokens: 1024.5 } }, "reasoning", "budgetTokens"],
  ["a vendor's own tool without hosted", tools({ type: "web_search", name: "web_search" }), "tools[1].type", "{ hosted:"],
  [
    "a schema of a library that has no JSON Schema",
    tools({ name: "find", parameters: { _def: {}, parse: () => 1 } }),
    "tools[1].parameters",
    "a JSON Schema",
  ],
  ["a function in the place of a schema", tools({ name: "find", parameters: () => ({}) }), "tools[1].parameters", "a JSON Schema"],
  ["a tool that is a text", tools("find"), "tools[1]", "{ name, description, parameters }"],
  ["a tool of OpenAI", tools({ type: "function", function: { name: "find" } }), "tools[1]", "without the vendor's"],
  ["a tool of Anthropic", tools({ name: "find", input_schema: {} }), "tools[1].input_schema", "parameters"],
  ...["paramters", "parameter", "Parameters", "pramaters", "desciption", "descripton", "desription", "discription", "Description"].map(
    (key): [string, object, string, string] => [
      `the misspelt ${key}`,
      tools({ name: "find", [key]: "x" }),
      `tools[1].${key}`,
      "description",
    ],
  ),
  ["a tool of the AI SDK", tools({ name: "find", inputSchema: {} }), "tools[1].inputSchema", "parameters"],
  ["a schema that is a list", tools({ name: "find", parameters: [] }), "tools[1].parameters", "a JSON Schema"],
  ["a schema with a damaged ~standard", tools({ name: "find", parameters: { "~standard": 5 } }), "tools[1].parameters", "a JSON Schema"],
  ["a description that is a number", tools({ name: "find", description: 5 }), "tools[1].description", "a text"],
  ["strict as a text", tools({ name: "find", strict: "yes" }), "tools[1].strict", "true or false"],
  ["two tools of one name", tools({ name: "look" }), "tools[1].name", "an earlier tool"],
  ["a hosted tool that is a text", tools({ hosted: "web_search" }), "tools[1].hosted", "the vendor's own spelling"],
];

describe("a request with a mistake of the caller is refused before anything is sent, with the path and what is accepted:", () => {
  it.each(MISTAKES)("%s", async (_what, given, field, says) => {
    const connection = connectTo("https://api.sample.example/v1", { fetch: never });
    // A caller without types can pass anything.
    const request = given as ChatRequest;
    const errors = [
      await errorOf(connection.generate(request)),
      await errorOf(connection.stream(request).response()),
      await errorOf(async () => {
        for await (const _ of connection.stream(request));
      }),
      await errorOf(connection.explain(request)),
      await errorOf(connection.explain(HI, { previous: request ?? null })),
    ];
    for (const error of errors) {
      expect(error).toMatchObject({ code: "invalid-request", field, provider: "sample", retryable: false, attempts: [] });
      expect(error.message).toMatch(/^sample: (?!sample)/);
      expect(`${error.message} ${error.hint}`).toContain(says);
    }
  });
});

const ADDRESSES = {
  refused: [
    "/home/cat.png",
    "/v1/cat",
    "./cat",
    "../cat",
    "~/cat",
    "C:\\cat",
    "c:/cat",
    "\\\\host\\cat",
    "//example.com/cat.png",
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "blob:https://a.example/1",
    "www.example.com/cat",
    "https://",
    "https:///cat.png",
    "https:example.com/cat.png",
    "http://exa mple/a.png",
    "https://a.example/a cat",
    " ",
    "a cat",
    "cat.png",
    "CAT.JPEG",
    "a-cat.of.mine.mp3",
    "cat.pdf",
    "data:",
    "data:image/png",
    "data:image/png;base64",
    "data:image/png;base64,",
    "data:image/png;base64 AAAA",
  ],
  sent: [
    "https://example.com/cat.png",
    " https://example.com/cat.png",
    "HTTPS://EXAMPLE.COM/cat",
    "http://localhost:8080/cat?x=1#y",
    "http://[::1]/cat.png",
    "gs://bucket/cat.png",
    "ms://file-id",
    "fileid://file-1",
    "file-service://file-1",
    "data:image/png;base64,AAAA",
    "data:image/png;base64,\nAAAA",
    "data:image/png; base64,AAAA",
    "data:text/plain,hello",
    "data:text/plain,hello there",
    "data:image/svg+xml;utf8,<svg/>",
    "data:image/svg+xml;charset=utf-8;base64,AAAA",
    `data:application/pdf;base64,${"A".repeat(4000)}`,
    "file-abc123",
    "file_abc123",
    "files/abc",
    "projects/p/files/1",
    "cachedContents/abc1",
    "upload",
    "image1",
    "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "A".repeat(4000),
  ],
};
const image = (url: string): { type: "image"; url: string; mediaType: string } => ({ type: "image", url, mediaType: "image/png" });
const CALL = { type: "tool-call", id: "1", name: "look", arguments: "{}", input: {} } as const;
const seen = (url: string): ChatRequest => ({ ...HI, messages: [{ role: "user", content: [image(url)] }] });
const shown = (url: string): ChatRequest => ({
  ...HI,
  messages: [
    ...HI.messages,
    { role: "assistant", content: [CALL] },
    { role: "tool", content: [{ type: "tool-result", id: "1", content: [image(url)] }] },
  ],
});
const host = connectTo("https://api.sample.example/v1", { fetch: never });

it.each(ADDRESSES.refused)("the address %j of an image is refused with the path of its part", async (url) => {
  for (const [request, field] of [
    [seen(url), "messages[0].content[0]"],
    [shown(url), "messages[2].content[0].content[0]"],
  ] as const)
    expect(await errorOf(() => host.explain(request))).toMatchObject({ code: "invalid-request", field, retryable: false });
});
it.each(ADDRESSES.sent)("the address %j of an image is sent", async (url) => {
  expect(JSON.stringify((await host.explain(seen(url))).body)).toContain(JSON.stringify(url));
});
it("an address in an answer is not refused, because a vendor wrote it", async () => {
  const messages: Message[] = [
    ...HI.messages,
    { role: "assistant", content: [{ type: "text", text: "a" }, image("/v1/files/cat.png")] },
    ...HI.messages,
  ];
  expect((await host.explain({ ...HI, messages })).body).toMatchObject({ messages: expect.any(Array) });
});
it("an address in a request that a client wrote in the vendor's own protocol is not refused", async () => {
  const request = seen("cat.png");
  const spelled = (protocol: string): ChatRequest => ({
    ...request,
    spelling: { protocol, translate: (given) => given, respell: () => {} },
  });
  const { protocol } = await host.explain(HI);
  expect((await host.explain(spelled(protocol))).protocol).toBe(protocol);
  expect(await errorOf(() => host.explain(request))).toMatchObject({ code: "invalid-request" });
});

it("the role developer is sent as system, with a note", async () => {
  const request = { ...HI, messages: [{ role: "developer", content: "be brief" }, ...HI.messages] } as unknown as ChatRequest;
  const { body, notes } = await connectTo("http://127.0.0.1:1").explain(request);
  expect(body["messages"]).toEqual([{ role: "system", content: "be brief" }, ...HI.messages]);
  expect(notes).toEqual([{ kind: "changed", field: "messages[0].role", message: "The role developer was sent as system." }]);
});

it("metadata that applications store with a message is no mistake", async () => {
  const stored = { id: "7", createdAt: 5, role: "user", content: "hi" } as Message;
  expect((await connectTo("http://127.0.0.1:1").explain({ ...HI, messages: [stored] })).notes).toEqual([]);
});

it("fields of an application's own tools, and options that nobody set, are no mistakes", async () => {
  const tool = { name: "tide", run: () => 1, descriptor: 1, descriptionKey: "a", paramHints: [], decision: 1 };
  const timeouts = { total: 5, connect: undefined };
  expect((await connectTo("http://127.0.0.1:1").explain({ ...HI, tools: [tool], timeouts })).notes).toEqual([]);
});

it("a value that cannot be written as JSON is an error of the request, never of the answer", async () => {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const connection = connectTo("https://api.sample.example/v1", { fetch: never });
  for (const [field, parameters] of [
    ["parameters.circle.self", { circle }],
    ["parameters.list[1]", { list: [1, 5n] }],
  ] as const)
    for (const work of [connection.generate({ ...HI, parameters }), connection.explain({ ...HI, parameters })])
      expect(await errorOf(work)).toMatchObject({
        code: "invalid-request",
        field,
        message: expect.stringContaining("the request could not be prepared"),
      });
});

describe("connect() refuses with a configuration error", () => {
  for (const [field, options] of [
    ["apiKey", { apiKey: 5 }],
    ["baseURL", { baseURL: 5 }],
    ["headers", { headers: { a: 5 } }],
    ["headers", { headers: new Headers() }],
    ["fetch", { fetch: "node-fetch" }],
    ["observe", { observe: {} }],
    ["timeouts.idle", { timeouts: { idle: Number.NaN } }],
    ["retry.attempts", { retry: { attempts: "3" } }],
    ["limits", { limits: 5 }],
  ] as const)
    it(`${field}: ${String(Object.values(options)[0])}`, async () => {
      // A caller without types can pass anything.
      expect(await errorOf(() => connectTo("http://127.0.0.1:1", options as never))).toMatchObject({ code: "configuration", field });
    });
});

it("half a surrogate pair is replaced in a prefill, with a note", async () => {
  const { body, notes } = await host.explain({ ...HI, prefill: "a \ud83c" });
  expect(JSON.stringify(body)).toContain("a \ufffd");
  expect(notes).toContainEqual(expect.objectContaining({ kind: "changed", field: "prefill" }));
});

it("half a surrogate pair is replaced in every field of the body, with a note", async () => {
  const half = "a \ud83c";
  const { body, notes } = await connectTo("https://api.sample.example/v1", { fetch: never }).explain({
    ...HI,
    parameters: { vendor: { [half]: [half, "\ud83c\udf0a", "\\ud83c"] }, none: undefined },
  });
  expect(body).toMatchObject({ vendor: { "a \ufffd": ["a \ufffd", "\ud83c\udf0a", "\\ud83c"] } });
  expect(notes).toContainEqual(expect.objectContaining({ kind: "changed", field: "vendor" }));
});
