import { connect, type Message, type Provider, type ToolResultPart } from "@lumiverse/core";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { mock } from "../src/mock/index.ts";
import { type RunnableTool, runTools, ToolRunError, type ToolRunEvent, tool, toolResult } from "../src/tools/index.ts";
import { ASK, collect, failing, pause } from "./helpers.ts";

const weather = tool({
  name: "weather",
  description: "Tells the weather.",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `Sun in ${city}`,
});

function results(messages: readonly Message[]): ToolResultPart[] {
  return messages.flatMap((message) => (message.role === "tool" ? message.content : []));
}

describe("tool", () => {
  test("types and validates arguments by zod", async () => {
    const one = tool({ name: "t", description: "", parameters: z.object({ n: z.number() }), execute: ({ n }) => n.toFixed(1) });
    expect(one.parameters).toMatchObject({ type: "object", properties: { n: { type: "number" } } });
    expect(await one.validate({ n: "1" })).toMatchObject({ issues: expect.stringContaining("n:") });
    expect(await one.validate({ n: 1 })).toEqual({ value: { n: 1 } });
  });
  test("types and validates arguments by Valibot", async () => {
    const schema = toStandardJsonSchema(v.object({ n: v.number() }));
    const one = tool({ name: "t", description: "", parameters: schema, execute: ({ n }) => n.toFixed(1) });
    expect(one.parameters).toMatchObject({ properties: { n: { type: "number" } } });
    expect(await one.validate({ n: "1" })).toHaveProperty("issues");
  });
  test("types and validates arguments by ArkType", async () => {
    const one = tool({ name: "t", description: "", parameters: type({ n: "number" }), execute: ({ n }) => n.toFixed(1) });
    expect(one.parameters).toMatchObject({ properties: { n: { type: "number" } } });
    expect(await one.validate({ n: "1" })).toHaveProperty("issues");
  });
  test("accepts a Standard Schema with its JSON Schema beside it", async () => {
    const validator = v.object({ n: v.number() });
    const one = tool({
      name: "t",
      description: "",
      parameters: { validator, jsonSchema: { type: "object" } },
      execute: ({ n }) => n.toFixed(1),
    });
    expect(one.parameters).toEqual({ type: "object" });
    expect(await one.validate({ n: 2 })).toEqual({ value: { n: 2 } });
  });
  test("refuses a schema that cannot print itself", () => {
    const schema = v.object({ n: v.number() });
    // The type allows a missing `jsonSchema`, as zod/mini has none.
    expect(() => tool({ name: "t", description: "", parameters: schema, execute: () => "" })).toThrow(/cannot print itself/);
  });
});

describe("runTools", () => {
  test("yields every event of every step, runs the tool and returns the transcript", async () => {
    const { connection, requests } = mock([{ toolCalls: [{ name: "weather", input: { city: "Hook" } }] }, "It is sunny."]);
    const run = runTools(connection, ASK, { tools: [weather] });
    const events = await collect(run);
    const result = await run.response();
    expect(events.map(({ type }) => type)).toEqual([
      ...["step-start", "start", "part-start", "tool-call-delta", "part-end", "usage", "finish", "step-end", "tool-start", "tool-end"],
      ...["step-start", "start", "part-start", "text", "text", "text", "part-end", "usage", "finish", "step-end", "run-end"],
    ]);
    expect(result).toMatchObject({ stopReason: "done", text: "It is sunny.", pending: [], usage: { input: 20 } });
    expect(result.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "assistant"]);
    expect(results(result.messages)).toEqual([{ type: "tool-result", id: "call_1", name: "weather", content: "Sun in Hook" }]);
    expect(requests[1]?.body["messages"]).toMatchObject([{ role: "user" }, { role: "assistant" }, { role: "tool" }]);
    expect(JSON.parse(JSON.stringify(result.messages))).toEqual(result.messages);
  });

  test("runs at most maxParallel calls at once and returns results in the order of the calls", async () => {
    let running = 0;
    let most = 0;
    const slow = tool({
      name: "slow",
      description: "",
      parameters: z.object({ n: z.number() }),
      repeatable: true,
      async execute({ n }, { signal }) {
        most = Math.max(most, ++running);
        try {
          if (n === 3 || n === 7) throw new Error(`broken ${n}`);
          if (n === 5) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          await pause(20 - n);
          return `result ${n}`;
        } finally {
          running--;
        }
      },
    });
    const alone = tool({
      name: "alone",
      description: "",
      sequential: true,
      async execute() {
        expect(running).toBe(0);
        await pause(5);
        expect(running).toBe(0);
        return "alone";
      },
    });
    const calls = [...Array.from({ length: 6 }, (_, n) => n), "alone", ...Array.from({ length: 6 }, (_, n) => n + 6)];
    const toolCalls = calls.map((n) => (n === "alone" ? { name: "alone" } : { name: "slow", input: { n } }));
    const { connection } = mock([{ toolCalls }, "done"]);
    const { messages } = await runTools(connection, ASK, { tools: [slow, alone], maxParallel: 4, toolTimeoutMs: 60 }).response();
    const texts = results(messages).map(({ content }) => String(content));
    expect(most).toBe(4);
    expect(texts).toHaveLength(13);
    expect(texts[0]).toBe("result 0");
    expect(texts[3]).toBe("The tool failed: broken 3");
    expect(texts[5]).toMatch(/did not finish within 60 ms/);
    expect(texts[6]).toBe("alone");
    expect(texts[12]).toBe("result 11");
    expect(results(messages).map(({ id }) => id)).toEqual(Array.from({ length: 13 }, (_, n) => `call_${n + 1}`));
  });

  test("sends the same request after parallel calls, whichever of them ends first", async () => {
    const bodies = await Promise.all(
      [(n: number) => 2 * n, (n: number) => 24 - 2 * n, (n: number) => (n * 7) % 12].map(async (delay) => {
        const wait = tool({
          name: "wait",
          description: "",
          parameters: z.object({ n: z.number() }),
          async execute({ n }) {
            await pause(delay(n));
            if (n === 4) throw new Error("broken");
            return `result ${n}`;
          },
        });
        const toolCalls = Array.from({ length: 12 }, (_, n) => ({ name: "wait", input: { n } }));
        const { connection, requests } = mock([{ toolCalls }, "done"]);
        await runTools(connection, ASK, { tools: [wait], maxParallel: 4 }).response();
        return JSON.stringify(requests[1]?.body);
      }),
    );
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).toContain("result 11");
  });

  test("reports malformed, truncated, unknown and wrong calls to the model and runs none of them", async () => {
    let ran = 0;
    const write = tool({ name: "write", description: "", parameters: z.object({ path: z.string() }), execute: () => ++ran });
    const turns = [
      { toolCalls: [{ name: "write", input: '{"path": ' }] },
      { toolCalls: [{ name: "write", input: '{"path":"a","content":"x' }], finishReason: "length" as const },
      { toolCalls: [{ name: "rite" }] },
      { toolCalls: [{ name: "write", input: "" }] },
    ];
    const { connection } = mock([...turns, "done"]);
    const { messages, stopReason } = await runTools(connection, ASK, { tools: [write], maxInvalidTurns: 9 }).response();
    const texts = results(messages).map(({ content }) => content);
    expect(texts[0]).toMatch(/not valid JSON/);
    expect(texts[1]).toMatch(/token limit/);
    expect(texts[2]).toBe('There is no tool "rite". The tools are: write.');
    expect(texts[3]).toMatch(/do not match the schema: path/);
    expect([ran, stopReason]).toEqual([0, "done"]);
    expect(results(messages).every(({ isError }) => isError === true)).toBe(true);
  });

  test("reports the same to the model where the host does not stream", async () => {
    const write = tool({ name: "write", description: "", parameters: z.object({ path: z.string() }), execute: () => "written" });
    const turns = [
      { toolCalls: [{ name: "write", input: '{"path": ' }] },
      { toolCalls: [{ name: "write", input: '{"path":"a","content":"x' }], finishReason: "length" as const },
      { toolCalls: [{ name: "rite" }] },
      { toolCalls: [{ name: "write", input: "" }] },
      { toolCalls: [{ name: "write", input: '{"path":"a"}' }] },
    ];
    const [streamed, whole] = await Promise.all(
      (["yes", "no"] as const).map(async (streaming) => {
        const { provider, fetch, requests } = mock([...turns, "done"]);
        const host: Provider = { ...provider, route: (call) => ({ ...provider.route(call), streaming }) };
        const connection = connect(host, { fetch, retry: false });
        const { messages } = await runTools(connection, ASK, { tools: [write], maxInvalidTurns: 9 }).response();
        expect(requests.every((request) => request.streaming === (streaming === "yes"))).toBe(true);
        return messages;
      }),
    );
    expect(whole).toEqual(streamed);
    expect(results(whole ?? [])).toHaveLength(5);
  });

  test("stops after three turns with only invalid calls", async () => {
    const bad = (n: number) => ({ toolCalls: [{ name: "weather", input: { town: n } }] });
    const { connection, left } = mock([bad(1), bad(2), bad(3), "never"]);
    const result = await runTools(connection, ASK, { tools: [weather] }).response();
    expect(result.stopReason).toBe("invalid-calls");
    expect(results(result.messages)).toHaveLength(3);
    expect(left).toBe(4);
  });

  test("hints at the third equal call and stops at the fifth, whatever the order of keys and the calls between", async () => {
    const two = tool({ name: "two", description: "", parameters: z.object({ a: z.number(), b: z.number() }), execute: () => "same" });
    const a = { toolCalls: [{ name: "two", input: '{"a":1,"b":2}' }] };
    const b = { toolCalls: [{ name: "two", input: '{"b":2,"a":1}' }] };
    const other = { toolCalls: [{ name: "weather", input: { city: "x" } }] };
    const { connection } = mock([a, other, b, other, a, other, b, other, a, other]);
    const result = await runTools(connection, ASK, { tools: [two, weather], maxSteps: 20 }).response();
    expect(result.stopReason).toBe("repeated-calls");
    expect(result.steps).toHaveLength(9);
    const texts = results(result.messages).filter(({ name }) => name === "two");
    expect(texts[1]?.content).toBe("same");
    expect(texts[2]?.content).toMatch(/made 3 times/);
  });

  test("lets a repeatable tool be called until maxSteps, whose last step may not call tools", async () => {
    const poll = tool({ name: "poll", description: "", repeatable: true, execute: () => "not yet" });
    const { connection, requests } = mock([...Array.from({ length: 7 }, () => ({ toolCalls: [{ name: "poll" }] })), "gave up"]);
    const result = await runTools(connection, { ...ASK, toolChoice: "required" }, { tools: [poll], maxSteps: 8 }).response();
    expect(result).toMatchObject({ stopReason: "done", text: "gave up" });
    expect(requests.map(({ body }) => body["toolChoice"])).toEqual(["required", ...Array.from({ length: 6 }, () => "auto"), "none"]);
  });

  test("stops on maxSteps, a callback, tokens, cost and time, always with a result for every call", async () => {
    const call = { toolCalls: [{ name: "weather", input: { city: "x" } }] };
    const run = (options: object, script = [call, call, call, call]) =>
      runTools(mock(script).connection, ASK, { tools: [{ ...weather, repeatable: true }], answerAtEnd: false, ...options }).response();
    const stops = [
      await run({ maxSteps: 2 }),
      await run({ stopWhen: ({ step }: { step: number }) => step === 2 }),
      await run({ limits: { tokens: 20 } }),
      await run({ limits: { cost: 0.5 } }, [
        { ...call, usage: { completeness: "exact", cost: { amount: 0.5, currency: "USD", from: "provider" } } } as never,
      ]),
      await run({ limits: { ms: 30 } }, [
        { ...call, delayMs: 10 },
        { ...call, delayMs: 5000 },
      ] as never),
    ];
    expect(stops.map(({ stopReason }) => stopReason)).toEqual(["max-steps", "stopped", "token-limit", "cost-limit", "time-limit"]);
    for (const { messages } of stops) {
      const calls = messages.flatMap(({ content }) =>
        typeof content === "string" ? [] : content.filter(({ type }) => type === "tool-call"),
      );
      expect(results(messages)).toHaveLength(calls.length);
    }
    expect(stops[3]?.cost).toEqual({ USD: 0.5 });
  });

  test("asks a person before a dangerous tool; a denial is a result", async () => {
    const ran: string[] = [];
    const remove = tool({
      name: "remove",
      description: "",
      parameters: z.object({ path: z.string() }),
      needsApproval: ({ path }) => path !== "/tmp/a",
      execute: ({ path }) => ran.push(path),
    });
    const toolCalls = ["/tmp/a", "/b", "/c"].map((path) => ({ name: "remove", input: { path } }));
    const { connection } = mock([{ toolCalls }, "done"]);
    const { messages, text } = await runTools(connection, ASK, {
      tools: [remove],
      approve: async ({ input }) => (JSON.stringify(input).includes("/b") ? { approved: false, reason: "not that one" } : true),
    }).response();
    expect(ran).toEqual(["/tmp/a", "/c"]);
    expect(results(messages)[1]).toMatchObject({ content: "The call was denied: not that one", isError: true });
    expect(text).toBe("done");
  });

  test("stops for a deferred approval, resumes from the stored transcript, and runs each tool at most once", async () => {
    const ran: string[] = [];
    const act = tool({
      name: "act",
      description: "",
      parameters: z.object({ what: z.string() }),
      needsApproval: ({ what }) => what !== "free",
      execute: ({ what }) => `${what} ${ran.push(what)}`,
    });
    const toolCalls = ["free", "one", "two"].map((what) => ({ name: "act", input: { what } }));
    const first = await runTools(mock([{ toolCalls }]).connection, ASK, { tools: [act] }).response();
    expect(first).toMatchObject({ stopReason: "approval", pending: [{ id: "call_2" }, { id: "call_3" }] });
    expect(ran).toEqual(["free"]);

    const stored = JSON.parse(JSON.stringify(first)) as typeof first;
    const [one, two] = stored.pending;
    if (one === undefined || two === undefined) throw new Error("two calls wait");
    const decided = { id: one.id, arguments: one.arguments, approved: true };
    const claimed = new Set<string>();
    const claim = (key: string): boolean => claimed.size !== claimed.add(key).size;
    const request = { ...ASK, messages: stored.messages };
    // One decision is missing, so the run still waits.
    const second = await runTools(mock([]).connection, request, { tools: [act], decisions: [decided], claim }).response();
    expect(second).toMatchObject({ stopReason: "approval", pending: [{ id: "call_3" }] });
    // The same decision from the first transcript again, and one for other arguments.
    const again = await runTools(mock([]).connection, request, {
      tools: [act],
      claim,
      decisions: [decided, { id: two.id, arguments: '{"what":"else"}', approved: true }],
    }).response();
    expect(again).toMatchObject({ stopReason: "approval", pending: [{ id: "call_3" }] });
    expect(results(again.messages).find(({ id }) => id === "call_2")?.content).toMatch(/used before/);
    const denied = { id: two.id, arguments: '{ "what": "two" }', approved: false };
    const script = mock(["all done"]);
    const last = await runTools(script.connection, { ...ASK, messages: second.messages }, { tools: [act], decisions: [denied] }).response();
    expect(last).toMatchObject({ stopReason: "done", text: "all done", pending: [] });
    expect(results(last.messages).map(({ id }) => id)).toEqual(["call_1", "call_2", "call_3"]);
    expect(ran).toEqual(["free", "one"]);
  });

  test("ends with a valid transcript, whichever event it is aborted at", async () => {
    const never = tool({ name: "never", description: "", parameters: z.object({}), execute: () => pause(2) });
    const script = (): Parameters<typeof mock>[0] => [
      { reasoning: "think a bit", text: "let me see", toolCalls: [{ name: "never" }, { name: "never" }] },
      { toolCalls: [{ name: "never" }] },
      "the end",
    ];
    const count = (await collect(runTools(mock(script()).connection, ASK, { tools: [never] }))).length;
    for (let at = 0; at < count; at++) {
      const run = runTools(mock(script()).connection, ASK, { tools: [never] });
      let seen = 0;
      for await (const _ of run) if (seen++ === at) run.abort();
      const { messages, stopReason } = await run.response();
      // From the finish of the last answer on there is nothing left to abort.
      if (at < count - 3) expect(stopReason, `event ${at}`).toBe("aborted");
      const calls = messages.flatMap(({ content }) =>
        typeof content === "string" ? [] : content.flatMap((part) => (part.type === "tool-call" ? [part.id] : [])),
      );
      expect(
        results(messages).map(({ id }) => id),
        `event ${at}`,
      ).toEqual(calls);
      const next = mock(["go on"]);
      const after = await next.connection.generate({ ...ASK, messages: [...messages, { role: "user", content: "go on" }] });
      expect(
        after.notes.filter(({ message }) => message.includes("result")),
        `event ${at}`,
      ).toEqual([]);
    }
  });

  test("keeps no call and no reasoning that had not ended", async () => {
    for (const [at, kept] of [
      ["reasoning", []],
      ["text", ["reasoning", "text"]],
      ["tool-call-delta", ["reasoning", "text"]],
    ] as const) {
      const answer = {
        reasoning: "a b",
        text: "c d",
        toolCalls: [{ name: "weather", input: { city: "x" } }],
        chunkSize: 2,
        packetDelayMs: 3,
      };
      const run = runTools(mock([answer]).connection, ASK, { tools: [weather] });
      for await (const event of run) if (event.type === at) run.abort();
      const last = (await run.response()).messages[1];
      const content = last === undefined || typeof last.content === "string" ? [] : last.content;
      expect(
        content.map(({ type }) => type),
        at,
      ).toEqual(kept);
    }
  });

  test("does not wait for a tool that ignores the signal", async () => {
    const deaf = tool({ name: "deaf", description: "", execute: () => pause(5000) });
    const { connection } = mock([{ toolCalls: [{ name: "deaf" }] }]);
    const controller = new AbortController();
    const run = runTools(connection, { ...ASK, signal: controller.signal }, { tools: [deaf] });
    const startedAt = Date.now();
    for await (const event of run) if (event.type === "tool-start") controller.abort();
    const { messages, stopReason } = await run.response();
    expect(Date.now() - startedAt).toBeLessThan(1000);
    expect(stopReason).toBe("aborted");
    expect(results(messages)[0]?.content).toMatch(/may have had its effect/);
  });

  test("sends nothing when the signal is already aborted", async () => {
    const { connection, requests } = mock(["no"]);
    const result = await runTools(connection, { ...ASK, signal: AbortSignal.abort() }, { tools: [weather] }).response();
    expect(result).toMatchObject({ stopReason: "aborted", messages: ASK.messages });
    expect(requests).toEqual([]);
  });

  test("throws a failed model call with the transcript so far", async () => {
    const { connection } = mock([{ toolCalls: [{ name: "weather", input: { city: "x" } }] }, { error: "overloaded" }]);
    const error = await failing(runTools(connection, ASK, { tools: [weather] }).response());
    expect(error).toBeInstanceOf(ToolRunError);
    if (!(error instanceof ToolRunError)) return;
    expect(error).toMatchObject({ code: "overloaded", provider: "mock", status: 503 });
    expect(error.result.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
  });

  test("keeps the beginning and the end of a long result and gives the application all of it", async () => {
    const long = tool({ name: "long", description: "", execute: () => `x${"😀".repeat(500)}end` });
    const { connection } = mock([{ toolCalls: [{ name: "long" }] }, "ok"]);
    const run = runTools(connection, ASK, { tools: [long], maxResultLength: 100 });
    const end = (await collect(run)).find((event): event is Extract<ToolRunEvent, { type: "tool-end" }> => event.type === "tool-end");
    const content = String(end?.result.content);
    expect(content).toMatch(/^x(😀)+\n\[… \d+ characters left out …\]\n(😀)*end$/u);
    expect(content.isWellFormed()).toBe(true);
    expect(end?.output).toBe(`x${"😀".repeat(500)}end`);
  });

  test("gives the model images and whole results of a tool", async () => {
    const image = { type: "image" as const, data: "aGk=", mediaType: "image/png" };
    const shot = tool({ name: "shot", description: "", execute: () => [{ type: "text" as const, text: "a picture" }, image] });
    const failed = tool({ name: "failed", description: "", execute: () => toolResult({ content: "no", isError: true }) });
    const { connection } = mock([{ toolCalls: [{ name: "shot" }, { name: "failed" }] }, "ok"]);
    const { messages } = await runTools(connection, ASK, { tools: [shot, failed] }).response();
    expect(results(messages)).toMatchObject([{ content: [{ type: "text" }, image] }, { content: "no", isError: true }]);
  });

  test("runs forty steps over three providers with hand-offs in the middle", async () => {
    const call = (n: number) => ({
      replay: { signature: `s${n}` },
      toolCalls: [{ id: `c${n}`, name: "weather", input: { city: `${n}` } }],
    });
    const providers = ["alpha", "beta", "gamma"].map((id, i) =>
      mock([...Array.from({ length: i === 2 ? 13 : 13 }, (_, n) => call(i * 13 + n)), "the end"], { id }),
    );
    const [first] = providers;
    if (first === undefined) throw new Error("there are three");
    const run = runTools(first.connection, ASK, {
      tools: [weather],
      maxSteps: 40,
      answerAtEnd: false,
      prepareStep({ step }) {
        const provider = providers[Math.min(2, Math.floor((step - 1) / 13))];
        return provider === undefined ? undefined : { connection: provider.connection };
      },
    });
    const result = await run.response();
    expect(result).toMatchObject({ stopReason: "done", text: "the end" });
    expect(result.steps).toHaveLength(40);
    expect(results(result.messages)).toHaveLength(39);
    expect(providers.map(({ requests }) => requests.length)).toEqual([13, 13, 14]);
    // A signature returns to its own provider and to no other.
    const sent = JSON.stringify(providers[2]?.requests[13]?.body);
    expect(sent).toContain('"s38"');
    expect(sent).not.toContain('"s12"');
  });

  test("refuses two tools with one name", () => {
    const tools: RunnableTool[] = [weather, weather];
    expect(() => runTools(mock([]).connection, ASK, { tools })).toThrow(/two tools have the name "weather"/);
  });
});
