import { connect } from "@lumiverse/core";
import type { Failure } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { parseError } from "../src/messages/errors.ts";
import { provider, sse, start, stop } from "./messages-given.ts";

const failure = (status: number, body: unknown, headers: Record<string, string> = {}): Failure => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, text, headers: new Headers(headers), ...(typeof body === "string" ? {} : { json: body }) };
};
const refusal = (type: string, message: string): unknown => ({ type: "error", error: { type, message }, request_id: "req_1" });

describe("a refused request", () => {
  test.each([
    [400, "invalid_request_error", "max_tokens: field required", "invalid-request", false],
    [400, "invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum", "context-overflow", false],
    [400, "invalid_request_error", "Your credit balance is too low to access the API", "insufficient-balance", false],
    [400, "invalid_request_error", "You have reached your specified API usage limits.", "insufficient-balance", false],
    [404, "not_found_error", "model 'm' not found", "model-not-found", false],
    [401, "authentication_error", "invalid x-api-key", "authentication", false],
    [402, "billing_error", "no", "insufficient-balance", false],
    [403, "permission_error", "no", "permission", false],
    [404, "not_found_error", "model: claude-nine", "model-not-found", false],
    [404, "not_found_error", "no such page", "not-found", false],
    [413, "request_too_large", "Request exceeds the maximum size", "invalid-request", false],
    [429, "rate_limit_error", "slow down", "rate-limit", true],
    [500, "api_error", "Internal server error", "server", true],
    [504, "timeout_error", "too slow", "timeout", true],
    [529, "overloaded_error", "Overloaded", "overloaded", true],
    [409, "conflict_error", "again", "server", true],
    [418, "teapot_error", "short and stout", "invalid-request", false],
  ])("%i %s (%s) is %s", (status, type, message, code, retryable) => {
    expect(parseError(failure(status, refusal(type, message)))).toMatchObject({
      code,
      retryable,
      message,
      vendorCode: type,
      requestId: "req_1",
      status,
    });
  });

  test("an HTML page, an empty body and an unknown shape are refusals, and the message does not contain the page", () => {
    const page = parseError(failure(413, "<html><body>413 Payload Too Large</body></html>"));
    expect(page).toMatchObject({ code: "invalid-request", retryable: false, hint: expect.stringContaining("32 MB") });
    expect(page.message).not.toContain("<");
    expect(parseError(failure(502, "")).message).toBe("HTTP 502 without a body");
    expect(parseError(failure(400, { detail: "odd" }))).toMatchObject({ code: "invalid-request", message: "odd" });
  });

  test("other servers may add the status to the type and report a mistake of the caller as 500", () => {
    expect(parseError(failure(400, { error: { code: 400, message: "no messages", type: "invalid_request_error" } }))).toMatchObject({
      code: "invalid-request",
      vendorCode: "invalid_request_error",
    });
    expect(parseError(failure(500, { error: { code: 500, message: "image input is not supported", type: "server_error" } }))).toMatchObject(
      {
        code: "unsupported",
        retryable: false,
      },
    );
  });

  test("the header x-should-retry decides whether the error is retryable", () => {
    expect(parseError(failure(529, refusal("overloaded_error", "x"), { "x-should-retry": "false" })).retryable).toBe(false);
  });

  test("refused signatures, prefills and cache breakpoints have a hint", () => {
    for (const message of [
      "messages.1.content.0: Invalid `signature` in `thinking` block",
      "This model does not support assistant message prefill.",
      "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ])
      expect(parseError(failure(400, refusal("invalid_request_error", message))).hint).toBeDefined();
  });
});

/** A host that gives these answers in order, and the requests that it received. */
function host(...answers: { status?: number; body: unknown; type?: string }[]): {
  fetch: typeof fetch;
  received: { url: string; headers: Headers; body: Record<string, unknown> }[];
} {
  const received: { url: string; headers: Headers; body: Record<string, unknown> }[] = [];
  return {
    received,
    fetch: async (input, init) => {
      received.push({
        url: String(input),
        headers: new Headers(init?.headers),
        body: JSON.parse(String(init?.body ?? "{}")) as Record<string, unknown>,
      });
      const { status = 200, body, type = "application/json" } = answers[received.length - 1] ?? { body: {} };
      return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers: { "content-type": type } });
    },
  };
}

describe("operations", () => {
  test("the model list is read page by page, with the capabilities that the vendor states", async () => {
    const flag = (supported: boolean): { supported: boolean } => ({ supported });
    const entry = {
      id: "claude-opus-4-7",
      type: "model",
      display_name: "Opus",
      created_at: "2026-01-02T00:00:00Z",
      max_input_tokens: 1000,
      max_tokens: 100,
      capabilities: {
        image_input: flag(true),
        pdf_input: flag(false),
        structured_outputs: flag(true),
        effort: { ...flag(true), low: flag(true), high: flag(true), xhigh: flag(false) },
        thinking: flag(true),
      },
    };
    const { fetch, received } = host(
      { body: { data: [entry], has_more: true, last_id: "claude-opus-4-7" } },
      { body: { data: [{ id: "claude-next", capabilities: null, max_tokens: null }], has_more: false } },
    );
    const { models } = await connect(provider(), { apiKey: "key-of-a-test", fetch }).models();
    expect(received.map(({ url }) => url)).toEqual([
      "https://messages.example/v1/models?limit=1000",
      "https://messages.example/v1/models?limit=1000&after_id=claude-opus-4-7",
    ]);
    expect(received[0]?.headers.get("x-api-key")).toBe("key-of-a-test");
    expect(models).toMatchObject([
      {
        id: "claude-opus-4-7",
        name: "Opus",
        released: "2026-01-02",
        contextTokens: 1000,
        maxOutputTokens: 100,
        capabilities: { "input.image": true, "input.file": false, reasoning: ["low", "high"], temperature: false },
      },
      { id: "claude-next" },
    ]);
  });

  test.each([
    [200, { data: [] }, { key: "valid", usable: "unknown" }],
    [401, refusal("authentication_error", "invalid x-api-key"), { key: "invalid", usable: false }],
    [403, refusal("permission_error", "not this one"), { key: "valid", usable: false }],
    [429, refusal("rate_limit_error", "slow"), { key: "valid", usable: "unknown" }],
    [502, "<html>", { key: "unknown", usable: "unknown" }],
    [200, "<html>", { key: "unknown", usable: "unknown" }],
    [429, "<html>", { key: "unknown", usable: "unknown" }],
    [200, {}, { key: "unknown", usable: "unknown" }],
    [200, refusal("authentication_error", "invalid x-api-key"), { key: "invalid", usable: false }],
  ])("a key check reads the answer %i", async (status, body, verdict) => {
    const { fetch } = host({ status, body });
    expect(await connect(provider(), { apiKey: "key-of-a-test", fetch, retry: false }).check()).toMatchObject(verdict);
  });

  test("a model list of another host does not prove that the key is valid", async () => {
    const { fetch } = host({ body: { data: [] } });
    expect(await connect(provider(), { apiKey: "key-of-a-test", baseURL: "https://proxy.example/v1", fetch }).check()).toMatchObject({
      key: "unknown",
    });
  });

  test("countTokens sends the same request without limit and stream", async () => {
    const { fetch, received } = host({ body: { input_tokens: 42 } });
    const count = await connect(provider(), { apiKey: "key-of-a-test", fetch }).countTokens({
      model: "claude-opus-4-8",
      reasoning: "low",
      messages: [{ role: "user", content: "Hi" }],
    });
    expect(count).toBe(42);
    expect(received[0]?.url).toBe("https://messages.example/v1/messages/count_tokens");
    expect(Object.keys(received[0]?.body ?? {}).sort()).toEqual(["messages", "model", "output_config", "thinking"]);
  });
});

describe("a refused call", () => {
  const done = { body: sse([start(), ...stop("end_turn")]), type: "text/event-stream" };
  const bad = (message: string): { status: number; body: unknown } => ({ status: 400, body: refusal("invalid_request_error", message) });
  const ask = async (
    model: string,
    message: string,
    more = {},
  ): Promise<{ bodies: Record<string, unknown>[]; betas: (string | null)[]; kinds: string[] }> => {
    const { fetch, received } = host(bad(message), done);
    const response = await connect(provider(), { apiKey: "key-of-a-test", fetch })
      .stream({ model, messages: [{ role: "user", content: "Hi" }], ...more })
      .response();
    return {
      bodies: received.map(({ body }) => body),
      betas: received.map(({ headers }) => headers.get("anthropic-beta")),
      kinds: response.notes.map((note) => note.kind),
    };
  };

  test("is repeated with drop_block on models that bind thinking to the history", async () => {
    const { bodies, betas, kinds } = await ask(
      "claude-opus-5-5",
      "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a different conversation.",
    );
    expect(bodies[1]?.["thinking"]).toMatchObject({ block_binding: { prefix_mismatch_behavior: "drop_block" } });
    expect(betas).toEqual([null, "thinking-binding-controls-2026-08-01"]);
    expect(kinds).toContain("recovered");
  });

  test("is repeated without thinking on other models", async () => {
    const thinking = {
      type: "reasoning",
      text: "hm",
      replay: {
        origin: { provider: "example", protocol: "messages", model: "claude-opus-4-8", scope: "vendor" },
        data: { type: "thinking", thinking: "hm", signature: "stale" },
      },
    };
    const messages = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [thinking, { type: "text", text: "Yes" }] },
      { role: "user", content: "Go" },
    ];
    const { bodies } = await ask("claude-opus-4-8", "messages.1.content.0: Invalid `signature` in `thinking` block", { messages });
    expect(JSON.stringify(bodies[0])).toContain("stale");
    expect(JSON.stringify(bodies[1])).not.toContain("stale");
  });

  test("is repeated without the effort or the sampling parameter that the model does not accept", async () => {
    const effort = await ask("claude-opus-4-8", "This model does not support effort level 'max'.", { reasoning: "max" });
    expect(effort.bodies.map((body) => body["output_config"])).toEqual([{ effort: "max" }, undefined]);
    const pair = await ask("claude-3-haiku-20240307", "`temperature` and `top_p` cannot both be specified for this model", {
      temperature: 0.5,
      topP: 0.5,
    });
    expect(pair.bodies.map((body) => body["top_p"])).toEqual([0.5, undefined]);
  });

  test("is not repeated for other reasons", async () => {
    const { fetch, received } = host(bad("messages: at least one message is required"), done);
    await expect(
      connect(provider(), { apiKey: "key-of-a-test", fetch }).generate({
        model: "claude-opus-4-8",
        messages: [{ role: "user", content: "Hi" }],
      }),
    ).rejects.toMatchObject({ code: "invalid-request" });
    expect(received).toHaveLength(1);
  });
});
