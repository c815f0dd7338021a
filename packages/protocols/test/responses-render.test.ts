import type { JsonObject, Message } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import type { ResponsesDialect } from "../src/responses/index.ts";
import { countTokens } from "../src/responses/operations.ts";
import { answer, callOf, message, readBody, renderOf } from "./responses-reading.ts";

const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
const loose = { type: "object", properties: { a: { type: "string" } } };
const closed = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };

describe("messages as items", () => {
  test("system messages at the head are instructions, later ones developer items in their place", () => {
    const messages: Message[] = [
      { role: "system", content: "Be brief." },
      { role: "system", content: [{ type: "text", text: "Be kind." }] },
      { role: "user", content: "hi" },
      { role: "system", content: "Now rhyme." },
      { role: "user", content: "go" },
    ];
    expect(renderOf({ messages }).body).toMatchObject({
      instructions: "Be brief.\n\nBe kind.",
      input: [
        { role: "user", content: "hi" },
        { role: "developer", content: "Now rhyme." },
        { role: "user", content: "go" },
      ],
    });
    expect(renderOf({ messages, dialect: { systemPlacement: "system", systemRole: "system" } }).body["input"]).toMatchObject([
      { role: "system" },
      { role: "system" },
      {},
      { role: "system" },
      {},
    ]);
  });

  test("in JSON mode system messages are items, because the vendor requires the word JSON there", () => {
    const messages: Message[] = [
      { role: "system", content: "Answer with one JSON object." },
      { role: "user", content: "hi" },
    ];
    const { body } = renderOf({ messages, output: { name: "output", strategy: "json" } });
    expect(body["instructions"]).toBeUndefined();
    expect(body).toMatchObject({ input: [{ role: "developer" }, { role: "user" }], text: { format: { type: "json_object" } } });
  });

  test("in JSON mode they keep the role that the dialect places them under", () => {
    const messages: Message[] = [
      { role: "system", content: "Answer with one JSON object." },
      { role: "user", content: "hi" },
    ];
    const roleOf = (dialect: ResponsesDialect): unknown =>
      renderOf({ messages, dialect, output: { name: "output", strategy: "json" } }).body["input"];
    expect(roleOf({ systemPlacement: "system" })).toMatchObject([{ role: "system" }, { role: "user" }]);
    expect(roleOf({ systemPlacement: "developer", systemRole: "system" })).toMatchObject([{ role: "developer" }, { role: "user" }]);
    expect(roleOf({ systemRole: "system" })).toMatchObject([{ role: "system" }, { role: "user" }]);
  });

  test("a system prompt without other messages is sent with an empty message", () => {
    const rendered = renderOf({ messages: [{ role: "system", content: "Write a haiku." }] });
    expect(rendered.body["input"]).toEqual([{ role: "user", content: "" }]);
    expect(rendered.notes).toMatchObject([{ kind: "changed", field: "messages" }]);
  });

  test("images and files are sent by bytes, by URL and by the vendor's own file id", () => {
    const messages: Message[] = [
      {
        role: "user",
        content: [
          { type: "text", text: "See" },
          { type: "image", data: "QQ==", mediaType: "image/png", detail: "low" },
          { type: "image", url: "https://pic.test/a.jpg" },
          { type: "image", url: "file-abc123" },
          { type: "file", data: "QQ==", mediaType: "application/pdf" },
          { type: "file", data: "QQ==", mediaType: "text/csv", filename: "rows.csv" },
          { type: "file", url: "https://doc.test/a.pdf" },
          { type: "file", url: "file_abc" },
        ],
      },
    ];
    expect(renderOf({ messages }).body["input"]).toEqual([
      {
        role: "user",
        content: [
          { type: "input_text", text: "See" },
          { type: "input_image", image_url: "data:image/png;base64,QQ==", detail: "low" },
          { type: "input_image", image_url: "https://pic.test/a.jpg", detail: "auto" },
          { type: "input_image", file_id: "file-abc123", detail: "auto" },
          { type: "input_file", filename: "file.pdf", file_data: "data:application/pdf;base64,QQ==" },
          { type: "input_file", filename: "rows.csv", file_data: "data:text/csv;base64,QQ==" },
          { type: "input_file", file_url: "https://doc.test/a.pdf" },
          { type: "input_file", file_id: "file_abc" },
        ],
      },
    ]);
  });

  const looked: Message[] = [
    { role: "user", content: "look" },
    {
      role: "assistant",
      content: [
        { type: "tool-call", id: "c1", name: "see", arguments: "" },
        { type: "tool-call", id: "c2", name: "see", arguments: '{"n":2}' },
      ],
    },
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          id: "c1",
          content: [
            { type: "text", text: "a boat" },
            { type: "image", data: "QQ==", mediaType: "image/png" },
          ],
        },
        { type: "tool-result", id: "c2", content: "fog", isError: true },
      ],
    },
  ];
  test("calls and results of another provider are sent without item ids, and the text of a failed call states the failure", () => {
    expect(renderOf({ messages: looked }).body["input"]).toEqual([
      { role: "user", content: "look" },
      { type: "function_call", call_id: "c1", name: "see", arguments: "{}" },
      { type: "function_call", call_id: "c2", name: "see", arguments: '{"n":2}' },
      {
        type: "function_call_output",
        call_id: "c1",
        output: [
          { type: "input_text", text: "a boat" },
          { type: "input_image", image_url: "data:image/png;base64,QQ==", detail: "auto" },
        ],
      },
      { type: "function_call_output", call_id: "c2", output: "Error: fog" },
    ]);
  });
  test("call ids that the vendor would refuse are respelled, the same in the call and its result", () => {
    const id = `toolu|${"x".repeat(80)}`;
    const messages: Message[] = [
      { role: "user", content: "look" },
      { role: "assistant", content: [{ type: "tool-call", id, name: "see", arguments: "{}" }] },
      { role: "tool", content: [{ type: "tool-result", id, content: "ok" }] },
    ];
    const [, made, result] = renderOf({ messages }).body["input"] as JsonObject[];
    expect(made?.["call_id"]).toMatch(/^[\w-]{1,64}$/);
    expect(result?.["call_id"]).toBe(made?.["call_id"]);
  });
  test("a host whose results are text gets the picture in the next turn", () => {
    const input = renderOf({ messages: looked, dialect: { toolOutput: "string" } }).body["input"] as JsonObject[];
    expect(input.slice(3)).toMatchObject([
      { output: "a boat" },
      { output: "Error: fog" },
      { role: "user", content: [{ type: "input_text" }, { type: "input_image" }] },
    ]);
  });
});

describe("tools and output", () => {
  test("functions are flat and always state strict, and hosted tools are sent unchanged", () => {
    const tools = [
      { name: "f", description: "does f", parameters: schema, strict: true },
      { name: "g", parameters: schema },
      { name: "h" },
      { hosted: { type: "web_search", search_context_size: "low" } },
    ];
    expect(renderOf({ tools }).body["tools"]).toEqual([
      { type: "function", name: "f", description: "does f", parameters: closed, strict: true },
      { type: "function", name: "g", parameters: schema, strict: false },
      { type: "function", name: "h", parameters: { type: "object", properties: {} }, strict: false },
      { type: "web_search", search_context_size: "low" },
    ]);
  });

  test("strict is dropped when the schema would lose something, and a note states what and where", () => {
    const rendered = renderOf({ tools: [{ name: "f", parameters: loose, strict: true }] });
    expect(rendered.body["tools"]).toEqual([{ type: "function", name: "f", parameters: loose, strict: false }]);
    expect(rendered.notes).toEqual([
      { kind: "schema", field: "tools.f#/properties/a", message: expect.stringContaining("without strict") },
    ]);
  });

  test("structured output is strict whenever nothing is lost", () => {
    const format = (given: JsonObject): unknown =>
      (renderOf({ output: { name: "my output!", strategy: "schema", ...given } }).body["text"] as JsonObject)["format"];
    expect(format({ schema })).toEqual({ type: "json_schema", name: "my_output_", schema: closed, strict: true });
    expect(format({ schema: loose, description: "d" })).toEqual({
      type: "json_schema",
      name: "my_output_",
      description: "d",
      schema: loose,
      strict: false,
    });
    expect(format({ schema, strict: false })).toEqual({ type: "json_schema", name: "my_output_", schema, strict: false });
  });

  test("every tool choice has its form, and a choice of a renamed tool follows it", () => {
    const tools = [{ name: "look up" }];
    for (const toolChoice of ["auto", "none", "required"]) expect(renderOf({ tools, toolChoice }).body["tool_choice"]).toBe(toolChoice);
    const rendered = renderOf({ tools, toolChoice: { name: "look up" }, parallelToolCalls: false });
    expect(rendered.body).toMatchObject({
      tool_choice: { type: "function", name: "look_up" },
      parallel_tool_calls: false,
      tools: [{ name: "look_up" }],
    });
    expect(rendered.notes.map((note) => note.kind)).toEqual(["changed"]);
    expect(Object.keys(renderOf({}).body)).not.toContain("tools");
  });
});

describe("the rest of a request", () => {
  test("is not stored and requests encrypted reasoning, unless the model does not reason", () => {
    expect(renderOf({}).body).toEqual({
      model: "m-1",
      input: [{ role: "user", content: "hi" }],
      store: false,
      include: ["reasoning.encrypted_content"],
    });
    expect(renderOf({ capabilities: { reasoning: false }, streaming: true }).body).toEqual({
      model: "m-1",
      input: [{ role: "user", content: "hi" }],
      store: false,
      stream: true,
    });
    expect(renderOf({ degradations: ["encrypted-reasoning"] }).body["include"]).toBeUndefined();
    expect(renderOf({ parameters: { store: true } }).body["store"]).toBe(true);
    expect(renderOf({ dialect: { store: "omit" } }).body["store"]).toBeUndefined();
  });

  test.each<[JsonObject, unknown]>([
    [{ kind: "off" }, { effort: "none" }],
    [
      { kind: "effort", word: "high" },
      { effort: "high", summary: "auto" },
    ],
    [{ kind: "on" }, { summary: "auto" }],
  ])("reasoning %j", (reasoning, wire) => {
    expect(renderOf({ reasoning }).body["reasoning"]).toEqual(wire);
  });

  test("limits, sampling and log-probabilities have the API's names", () => {
    expect(renderOf({ maxOutputTokens: 9, temperature: 0, topP: 0.5, logprobs: 3 }).body).toMatchObject({
      max_output_tokens: 9,
      temperature: 0,
      top_p: 0.5,
      top_logprobs: 3,
      include: ["reasoning.encrypted_content", "message.output_text.logprobs"],
    });
  });

  test("parameters spelled for Chat Completions are translated, each with a note", () => {
    const parameters = {
      max_tokens: 50,
      reasoning_effort: "low",
      verbosity: "low",
      response_format: { type: "json_schema", json_schema: { name: "n", schema } },
      stream_options: { include_usage: true },
      tools: [{ type: "function", function: { name: "f", parameters: schema } }],
      tool_choice: { type: "function", function: { name: "f" } },
      seed: 4,
      prompt_cache_key: "k",
    };
    const rendered = renderOf({ parameters });
    expect(rendered.body).toMatchObject({
      max_output_tokens: 50,
      reasoning: { effort: "low" },
      text: { verbosity: "low", format: { type: "json_schema", name: "n", schema, strict: false } },
      tools: [{ type: "function", name: "f", parameters: schema, strict: false }],
      tool_choice: { type: "function", name: "f" },
      prompt_cache_key: "k",
    });
    for (const gone of ["max_tokens", "reasoning_effort", "response_format", "stream_options", "seed", "verbosity"])
      expect(rendered.body[gone]).toBeUndefined();
    const kinds = (kind: string): unknown[] => rendered.notes.filter((note) => note.kind === kind).map((note) => note.field);
    expect(kinds("moved")).toEqual(["max_tokens", "reasoning_effort", "verbosity", "response_format"]);
    expect(kinds("dropped")).toEqual(["seed"]);
    expect(kinds("parameter")).toContain("prompt_cache_key");
  });

  test("logprobs that are not asked for are dropped with a note, and nothing is said to be sent", () => {
    for (const logprobs of [false, null, 1]) {
      const { body, notes } = renderOf({ parameters: { logprobs } });
      expect(JSON.stringify(body)).not.toContain("logprobs");
      expect(notes.filter(({ field }) => field === "logprobs")).toEqual([
        { kind: "dropped", field: "logprobs", message: "The Responses API has no logprobs, so parameters.logprobs was dropped." },
      ]);
    }
    const asked = renderOf({ parameters: { logprobs: true } });
    expect(asked.body["include"]).toContain("message.output_text.logprobs");
    expect(asked.notes.filter(({ field }) => field === "logprobs")).toMatchObject([{ kind: "moved" }]);
  });

  test("a raw response format replaces the request's output instead of being mixed into it", () => {
    const { body } = renderOf({
      output: { name: "o", strategy: "schema", schema: { ...schema, title: "Old" } },
      parameters: { response_format: { type: "text" } },
    });
    expect(body["text"]).toEqual({ format: { type: "text" } });
  });

  test("a caller's include is added to ours, and raw fields win over settings", () => {
    const { body } = renderOf({
      dialect: { settingsFields: () => ({ service_tier: "flex", text: { verbosity: "low" }, gone: undefined }) },
      output: { name: "o", strategy: "json" },
      parameters: { include: ["web_search_call.action.sources"], service_tier: "priority" },
    });
    expect(body["include"]).toEqual(["reasoning.encrypted_content", "web_search_call.action.sources"]);
    expect(body).toMatchObject({ service_tier: "priority", text: { verbosity: "low", format: { type: "json_object" } } });
    expect(Object.keys(body)).not.toContain("gone");
  });

  test("nothing of the caller's request is changed", () => {
    const parameters = { text: { verbosity: "low" }, metadata: { a: "b" } };
    const before = JSON.stringify(parameters);
    renderOf({ parameters, output: { name: "o", strategy: "json" }, dialect: { settingsFields: () => ({ metadata: { c: "d" } }) } });
    expect(JSON.stringify(parameters)).toBe(before);
  });

  test("the same request gives the same bytes", () => {
    const given = { tools: [{ name: "f", parameters: schema, strict: true }], temperature: 1, reasoning: { kind: "effort", word: "low" } };
    expect(JSON.stringify(renderOf(given).body)).toBe(JSON.stringify(renderOf(given).body));
    expect(Object.keys(renderOf(given).body)).toEqual(["model", "input", "tools", "reasoning", "temperature", "store", "include"]);
  });

  test("a base URL keeps its query", () => {
    const call = callOf();
    const there = { ...call, route: { ...call.route, base: new URL("https://azure.test/openai/v1?api-version=preview") } };
    expect(there.route.protocol.render(there).request.url.href).toBe("https://azure.test/openai/v1/responses?api-version=preview");
  });
});

describe("counting tokens", () => {
  test("sends the rendered request without the fields that the counter refuses", () => {
    const call = callOf({ tools: [{ name: "f" }], temperature: 1, streaming: true, maxOutputTokens: 5 });
    const operation = countTokens();
    const context = { base: call.route.base, settings: {}, hasKey: true };
    const request = operation.request({ ...context, call });
    expect(request.url.href).toBe("https://host.test/v1/responses/input_tokens");
    expect(Object.keys(request.body ?? {})).toEqual(["model", "input", "tools"]);
    const response = {
      status: 200,
      headers: new Headers(),
      text: "",
      json: { object: "response.input_tokens", input_tokens: 17 },
      url: "",
    };
    expect(operation.parse({ ...response, context })).toEqual({ value: 17 });
    expect(operation.parse({ ...response, status: 404, context })).toBeUndefined();
  });
});

describe("a refused request", () => {
  const parse = (status: number, json: unknown, headers = {}): ReturnType<ReturnType<typeof callOf>["route"]["protocol"]["parseError"]> => {
    const call = callOf();
    return call.route.protocol.parseError({
      failure: {
        status,
        headers: new Headers(headers),
        text: typeof json === "string" ? json : JSON.stringify(json),
        json: typeof json === "string" ? undefined : json,
      },
      call,
    });
  };
  test.each<[string, number, unknown, object]>([
    [
      "a bad key",
      401,
      { error: { message: "Incorrect API key", type: "invalid_request_error", param: null, code: "invalid_api_key" } },
      { code: "authentication", retryable: false },
    ],
    ["a bad key at xAI", 400, { code: "invalid-argument", error: "Incorrect API key" }, { code: "authentication" }],
    [
      "no credit",
      429,
      { error: { message: "quota", type: "insufficient_quota", code: "insufficient_quota" } },
      { code: "insufficient-balance", retryable: false },
    ],
    [
      "a burst",
      429,
      { error: { message: "slow", type: "requests", code: "rate_limit_exceeded" } },
      { code: "rate-limit", retryable: true },
    ],
    [
      "too long a prompt",
      400,
      { error: { message: "Your input exceeds the context window of this model", type: "invalid_request_error", code: null } },
      { code: "context-overflow" },
    ],
    [
      "a wrong field",
      400,
      { error: { message: "Unsupported parameter: 'temperature'", type: "invalid_request_error", param: "temperature", code: null } },
      { code: "invalid-request", field: "temperature" },
    ],
    [
      "half a pair",
      400,
      {
        error: {
          message: "Item 'rs_0' of type 'reasoning' was provided without its required following item.",
          type: "invalid_request_error",
        },
      },
      { code: "invalid-request", hint: expect.stringContaining("pair") },
    ],
    [
      "no such model",
      404,
      { error: { message: "The model `m` does not exist", type: "invalid_request_error", code: "model_not_found" } },
      { code: "model-not-found" },
    ],
    ["no such path", 404, "Not Found", { code: "not-found", message: "Not Found" }],
    [
      "a page",
      502,
      "<html><body>Bad gateway</body></html>",
      { code: "server", retryable: true, message: "the host answered HTTP 502 with an HTML page" },
    ],
    ["overload", 503, { error: { message: "busy", code: "server_is_overloaded" } }, { code: "overloaded", retryable: true }],
    [
      "a status that says more than the type",
      529,
      { error: { message: "busy", type: "server_error" } },
      { code: "overloaded", retryable: true },
    ],
    ["nothing at all", 500, "", { code: "server", message: "the host answered HTTP 500 without a message" }],
  ])("%s", async (_, status, json, error) => {
    expect(await parse(status, json)).toMatchObject({ status, ...error });
  });
  test("the vendor's statement about retries counts more than the error code", async () => {
    expect((await parse(500, {}, { "x-should-retry": "false" })).retryable).toBe(false);
    expect((await parse(400, {}, { "x-should-retry": "true" })).retryable).toBe(true);
  });
});

test("an answer's message can be sent back in the next request", () => {
  const read = readBody(answer([message("Hello", { phase: "final_answer" })]));
  const rendered = renderOf({ messages: [{ role: "user", content: "hi" }, read.message, { role: "user", content: "and?" }] });
  expect((rendered.body["input"] as JsonObject[])[1]).toEqual(message("Hello", { phase: "final_answer" }));
});

describe("cache marks", () => {
  test("a host that accepts no breakpoints gets none, with a note", () => {
    const { body, notes, cache } = renderOf({ cache: { system: true } });
    expect(notes).toMatchObject([{ kind: "cache", field: "cache" }]);
    expect(JSON.stringify(body)).not.toContain("cache");
    expect(cache).toBeUndefined();
    expect(renderOf({ cache: false }).notes).toEqual([]);
  });
  test("a host's own marks are put into the finished body, under raw parameters", () => {
    const plan = { breakpoints: [], excluded: [] };
    const dialect: ResponsesDialect = {
      cache({ body }) {
        body["prompt_cache_options"] = { mode: "explicit", ttl: "30m" };
        return plan;
      },
    };
    const { body, cache } = renderOf({ dialect, parameters: { prompt_cache_options: { ttl: "12h" } } });
    expect(body["prompt_cache_options"]).toEqual({ mode: "explicit", ttl: "12h" });
    expect(cache).toBe(plan);
  });
});
