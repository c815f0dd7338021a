/** Tools and callbacks that behave badly. Whatever they do, the run ends, and its transcript continues. */
import type { Message, ToolResultPart } from "@lumiverse/core";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { mock } from "../src/mock/index.ts";
import { type RunnableTool, runTools, type ToolRunResult, tool, toolResult } from "../src/tools/index.ts";
import { ASK, failing } from "./helpers.ts";

function results(messages: readonly Message[]): ToolResultPart[] {
  return messages.flatMap((message) => (message.role === "tool" ? message.content : []));
}

const FOREVER: Promise<never> = new Promise(() => {});

/** Runs one call, and a turn after it that reads its result. */
async function runOne(one: RunnableTool, input: unknown = {}): Promise<ToolRunResult> {
  return runTools(mock([{ toolCalls: [{ name: one.name, input }] }, "ok"]).connection, ASK, { tools: [one] }).response();
}

const unreadable = new Error("hidden");
Object.defineProperty(unreadable, "message", {
  get() {
    throw new Error("no message");
  },
});
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const circular: Record<string, unknown> = {};
circular["self"] = circular;
let nested: unknown = [];
for (let level = 0; level < 100_000; level++) nested = [nested];

describe("a tool that throws", () => {
  test.each<[string, unknown, string]>([
    ["a text", "disk full", "disk full"],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["an object with a message", { message: "disk full" }, "disk full"],
    ["an object without a prototype", Object.create(null), "an object"],
    [
      "an object whose toString throws",
      {
        toString() {
          throw new Error("x");
        },
      },
      "an object",
    ],
    ["an error whose message cannot be read", unreadable, "an object that cannot be read"],
    ["a revoked proxy", revoked.proxy, "an object that cannot be read"],
  ])("%s: the failure is a result", async (_, thrown, told) => {
    const bad = tool({
      name: "bad",
      description: "",
      execute() {
        throw thrown;
      },
    });
    const { stopReason, text, messages } = await runOne(bad);
    expect([stopReason, text]).toEqual(["done", "ok"]);
    expect(results(messages)).toEqual([
      { type: "tool-result", id: "call_1", name: "bad", content: `The tool failed: ${told}`, isError: true },
    ]);
  });
});

describe("a tool that returns what cannot be sent", () => {
  test.each<[string, unknown, RegExp]>([
    ["a circular object", circular, /circular/],
    ["a bigint", { rows: 3n }, /BigInt/],
    ["100,000 levels", nested, /stack/],
    ["a revoked proxy in a list", [revoked.proxy], /proxy/],
    ["a whole result without content", toolResult({ content: undefined as never }), /neither a text nor parts/],
    ["a whole result whose image has no data", toolResult({ content: [{ type: "image" }] as never }), /neither a text nor parts/],
  ])("%s: the result says that the tool ran", async (_, returned, told) => {
    const { stopReason, messages } = await runOne(tool({ name: "odd", description: "", execute: () => returned }));
    const [result] = results(messages);
    expect(stopReason).toBe("done");
    expect(result?.content).toMatch(/^The tool ran, but its result cannot be sent: /);
    expect(result?.content).toMatch(told);
    expect(result?.isError).toBe(true);
  });

  test("a list of a folder's entries is data, although its entries have a type", async () => {
    const entries = [{ type: "file", name: "a.txt" }];
    const { messages, stopReason } = await runOne(tool({ name: "list", description: "", execute: () => entries }));
    expect([stopReason, results(messages)[0]?.content]).toEqual(["done", JSON.stringify(entries)]);
  });
});

describe("a result that is too long", () => {
  test("of 10 MB keeps 100,000 characters, its end included", async () => {
    const { messages } = await runOne(tool({ name: "long", description: "", execute: () => `${"x".repeat(10_000_000)}end` }));
    const content = String(results(messages)[0]?.content);
    expect(content.length).toBeLessThan(100_100);
    expect(content).toMatch(/\[… 9900003 characters left out …\]\nx+end$/);
  });

  test("of many texts is shortened as one, and its images stay", async () => {
    const image = { type: "image" as const, data: "aGk=", mediaType: "image/png" };
    const texts = Array.from({ length: 30 }, (_, n) => ({ type: "text" as const, text: `${n % 10}`.repeat(10) }));
    const many = tool({ name: "many", description: "", execute: () => [...texts.slice(0, 15), image, ...texts.slice(15)] });
    const { connection } = mock([{ toolCalls: [{ name: "many" }] }, "ok"]);
    const { messages } = await runTools(connection, ASK, { tools: [many], maxResultLength: 100 }).response();
    const parts = results(messages)[0]?.content;
    const shown = (typeof parts === "string" ? [] : (parts ?? [])).map((part) => (part.type === "text" ? part.text : part.type));
    expect(shown.filter((text) => text === "image")).toHaveLength(1);
    expect(shown.join("")).toMatch(/^0{10}1{10}.*6{10}\n\[… 200 characters left out …\]\nimage7{10}8{10}9{10}$/s);
  });

  test("of a validator or a person is shortened, too", async () => {
    const issues = {
      "~standard": { version: 1 as const, vendor: "test", validate: () => ({ issues: [{ message: "m".repeat(200_000) }] }) },
    };
    const strict = tool({
      name: "t",
      description: "",
      parameters: { validator: issues, jsonSchema: { type: "object" } },
      execute: () => "",
    });
    expect(String(results((await runOne(strict)).messages)[0]?.content).length).toBeLessThan(101_000);
  });
});

describe("arguments of hostile shape", () => {
  const seen: unknown[] = [];
  const keep = tool({ name: "keep", description: "", execute: (input) => String(seen.push(input)) });

  test("that are nested 100,000 levels deep do not run, and are told to the model", async () => {
    for (const input of [`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`]) {
      const { stopReason, messages } = await runOne(keep, input);
      expect([stopReason, results(messages)[0]?.content]).toEqual(["done", expect.stringContaining("more than 1000 levels deep")]);
    }
    expect(seen).toEqual([]);
  });

  test("that a transcript from elsewhere holds are a typed error", async () => {
    const call = { type: "tool-call" as const, id: "c1", name: "keep", arguments: "{}", input: nested };
    const messages = [...ASK.messages, { role: "assistant" as const, content: [call] }];
    const error = await failing(runTools(mock(["ok"]).connection, { ...ASK, messages }, { tools: [keep] }).response());
    expect(error).toMatchObject({ name: "ToolRunError", code: "invalid-request" });
  });

  test("with keys of prototypes change no prototype", async () => {
    seen.length = 0;
    await runOne(keep, '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
    expect(Object.keys(Object(seen[0]))).toEqual(["__proto__", "constructor"]);
    expect(Object(seen[0]).admin).toBeUndefined();
    expect(({} as { admin?: true }).admin).toBeUndefined();
  });
});

describe("what never answers", () => {
  const call = { toolCalls: [{ name: "t" }] };
  const plain = tool({ name: "t", description: "", execute: () => "fine" });
  const validator = { "~standard": { version: 1 as const, vendor: "test", validate: () => FOREVER } };

  test.each<[string, object]>([
    ["execute", { tools: [{ ...plain, execute: () => FOREVER }] }],
    ["a validator", { tools: [tool({ name: "t", description: "", parameters: { validator, jsonSchema: {} }, execute: () => "" })] }],
    ["needsApproval", { tools: [{ ...plain, needsApproval: () => FOREVER }] }],
    ["approve", { tools: [{ ...plain, needsApproval: () => true }], approve: () => FOREVER }],
    ["stopWhen", { tools: [plain], stopWhen: () => FOREVER }],
    ["prepareStep", { tools: [plain], prepareStep: () => FOREVER }],
    ["the model", { tools: [plain] }],
  ])("%s does not keep an aborted run", async (name, options) => {
    const silent = { text: "", delayMs: Number.POSITIVE_INFINITY };
    const { connection } = mock(name === "the model" ? [silent] : [call, "ok"]);
    const run = runTools(connection, ASK, { tools: [], ...options });
    const ended = run.response();
    await new Promise((resolve) => setTimeout(resolve, 20));
    run.abort();
    const { stopReason, messages } = await ended;
    expect(stopReason).toBe("aborted");
    const next = await mock(["go on"]).connection.generate({ ...ASK, messages: [...messages, { role: "user", content: "go on" }] });
    expect(next.notes).toEqual([]);
  });

  test("a tool is a failed result after its time", async () => {
    const { connection } = mock([call, "ok"]);
    const run = runTools(connection, ASK, { tools: [{ ...plain, execute: () => FOREVER }], toolTimeoutMs: 10 });
    expect(results((await run.response()).messages)[0]?.content).toMatch(/did not finish within 10 ms/);
  });
});

test("arguments that are validated asynchronously run once each, in order of their calls", async () => {
  const order: number[] = [];
  const parameters = z.object({ n: z.number() }).refine(async ({ n }) => {
    await new Promise((resolve) => setTimeout(resolve, 10 - n));
    return n !== 2;
  }, "two is not allowed");
  const count = tool({ name: "count", description: "", parameters, sequential: true, execute: ({ n }) => order.push(n) });
  const toolCalls = [1, 2, 3].map((n) => ({ name: "count", input: { n } }));
  const { messages } = await runTools(mock([{ toolCalls }, "ok"]).connection, ASK, { tools: [count] }).response();
  expect(order).toEqual([1, 3]);
  expect(results(messages).map(({ content }) => content)).toEqual(["1", expect.stringContaining("two is not allowed"), "2"]);
});
