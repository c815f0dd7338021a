/** Input of a host or a caller that is twice as long takes about twice as long. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { retryAfterMs } from "../src/http/error-body.ts";
import { rateLimitOf } from "../src/http/rate-limit.ts";
import { createRedactor, maskKeys } from "../src/http/secrets.ts";
import type { Message, Origin, ToolCallPart, ToolResultPart } from "../src/index.ts";
import { createSse, errorMessage, errorWords, isOverflow, type ReadEvent, ResponseBuilder, toolNames } from "../src/provider.ts";
import { parseOutput } from "../src/request/output.ts";
import { prepareTranscript } from "../src/request/transcript.ts";
import { connectTo, errorOf, HI } from "./support/calls.ts";
import { serve, sse, stream } from "./support/server.ts";

const ORIGIN: Origin = { provider: "sample", protocol: "talk", model: "m-1", scope: "vendor" };
const same = (text: string): string => text;

/** Milliseconds of CPU, which a busy machine does not stretch; the shortest of three runs. */
async function cpu(run: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/** What is done with an input of a size, and a size at which quadratic work would take seconds. */
const WORK: Record<string, [size: number, run: (size: number) => unknown]> = {
  "line breaks in a code fence": [200_000, (n) => parseOutput(`\`\`\`json${"\n".repeat(n)}x`, {}).catch(same)],
  "blanks before JSON": [400_000, (n) => parseOutput(`${" \n".repeat(n)}{}`, {}, "{")],
  "blanks behind JSON": [400_000, (n) => parseOutput(`{}${" ".repeat(n)}x`, {}).catch(same)],
  backticks: [400_000, (n) => parseOutput("`".repeat(n), {}).catch(same)],
  "digits in a rate-limit reset": [100_000, (n) => rateLimitOf(new Headers({ "x-ratelimit-reset": `${"1".repeat(n)}x` }), 0, same)],
  "words in a rate-limit header's name": [5000, (n) => rateLimitOf(new Headers({ [`x-ratelimit-${"limit-".repeat(n)}`]: "1" }), 0, same)],
  "a wait": [400_000, (n) => retryAfterMs(new Headers({ "retry-after": `${"1 ".repeat(n)}` }), 0)],
  "an error body as deep as it is long": [5000, (n) => errorMessage(JSON.parse(`${'{"error":{"message":'.repeat(n)}{}${"}}".repeat(n)}`))],
  "an error body of lists": [5000, (n) => errorMessage(JSON.parse("[".repeat(n) + "]".repeat(n)))],
  "JSON in a message in JSON": [50_000, (n) => errorMessage({ error: { message: `{"message":"${"{".repeat(n)}"` } })],
  "words of an error": [200_000, (n) => errorWords({ error: { code: "x".repeat(n), metadata: { error: "y".repeat(n) } } })],
  "a text about a long context": [100_000, (n) => isOverflow("context ".repeat(n) + "exceeds the ".repeat(n), [])],
  "text that begins like keys": [200_000, (n) => maskKeys("sk-".repeat(n) + "sk-aaaaaaaa ".repeat(n / 10))],
  "text that begins like a known secret": [
    50_000,
    (n) => {
      const { redact, addSecret } = createRedactor();
      addSecret("aaaaaaaaaaaaaaaab");
      return redact("aaaaaaaaa%".repeat(n) + "&#0".repeat(n) + "\\".repeat(n));
    },
  ],
  "a stream without a line break": [
    20_000,
    (n) => {
      const feed = createSse(same as never, same as never, 1e9);
      for (let at = 0; at < n; at++) feed.feed("data: 0123456789");
      feed.end();
    },
  ],
  "a stream of lines that are no fields": [
    20_000,
    (n) => {
      const feed = createSse(same as never, same as never, 1e9);
      for (let at = 0; at < n; at++) feed.feed("{nonsense}\n");
      feed.end();
      return feed.unframedText();
    },
  ],
  "calls of one id": [
    20_000,
    (n) => build((push) => times(n, (index) => push({ type: "part-start", index, kind: "tool-call", id: "0", name: "f" }))),
  ],
  "calls whose ids count up, then one id again and again": [
    10_000,
    (n) =>
      build((push) => {
        times(n, (index) => push({ type: "part-start", index, kind: "tool-call", id: `0_${index}`, name: "f" }));
        times(n, (index) => push({ type: "part-start", index: n + index, kind: "tool-call", id: "0", name: "f" }));
      }),
  ],
  "answers that start again at far indexes": [
    5000,
    (n) =>
      build((push) =>
        times(n, () => {
          push({ type: "text", index: 99_999, text: "a" });
          push({ type: "reset" });
        }),
      ),
  ],
  "deltas that each end in half a surrogate pair": [
    50_000,
    (n) => build((push) => times(n, () => push({ type: "text", index: 0, text: "\ud83d" }))),
  ],
  "results of one turn": [
    10_000,
    (n) =>
      prepareTranscript(
        turn(n, (at) => `id-${at}`),
        ORIGIN,
        "model",
        [],
      ),
  ],
  "results of one id": [
    10_000,
    (n) =>
      prepareTranscript(
        turn(n, () => "id"),
        ORIGIN,
        "model",
        [],
      ),
  ],
  "results before their calls' order": [
    10_000,
    (n) =>
      prepareTranscript(
        turn(n, (at) => `id-${at}`, true),
        ORIGIN,
        "model",
        [],
      ),
  ],
  "tool names that clean to one name": [
    20_000,
    (n) =>
      toolNames(
        Array.from({ length: n }, (_, at) => `$${"é".repeat(5)}${at}`),
        { max: 64, refused: /[^a-z]/ },
      ),
  ],
};

function times(count: number, work: (at: number) => void): void {
  for (let at = 0; at < count; at++) work(at);
}
function build(work: (push: (event: ReadEvent) => void) => void): unknown {
  const builder = new ResponseBuilder(ORIGIN, []);
  work((event) => builder.push(event));
  return builder.build();
}
function turn(count: number, idOf: (at: number) => string, reversed = false): Message[] {
  const calls = Array.from({ length: count }, (_, at): ToolCallPart => ({ type: "tool-call", id: idOf(at), name: "f", arguments: "{}" }));
  const results = calls.map(({ id }): ToolResultPart => ({ type: "tool-result", id, content: "x" }));
  return [
    { role: "user", content: "go" },
    { role: "assistant", content: calls },
    { role: "tool", content: reversed ? results.toReversed() : results },
  ];
}

describe("grows no faster than its input:", () => {
  it.each(Object.entries(WORK))("%s", async (_name, [size, run]) => {
    await run(size / 100);
    const half = await cpu(() => run(size / 2));
    const whole = await cpu(() => run(size));
    // Quadratic work would take four times as long; below 20 ms noise decides.
    expect(whole).toBeLessThan(3 * half + 20);
    expect(whole).toBeLessThan(2000);
  });
});

it("two hundred thousand results of one turn do not overflow the stack", () => {
  expect(
    prepareTranscript(
      turn(200_000, (at) => `id-${at}`),
      ORIGIN,
      "model",
      [],
    ).messages,
  ).toHaveLength(3);
});

describe("an answer that is too long is an error and no crash:", () => {
  const limits = { body: 100_000, event: 50_000 };
  const cases: [string, (n: number) => string][] = [
    ["a stream of many events", (n) => sse({ say: "0123456789" }).repeat(n)],
    ["a stream of comments", (n) => ": wait\n\n".repeat(n)],
    ["one event that does not end", (n) => `data: ${"0123456789".repeat(n)}`],
    ["JSON that does not end", (n) => `{"say":"${"0123456789".repeat(n)}`],
    ["blanks", (n) => "          ".repeat(n)],
  ];
  for (const [name, text] of cases)
    it(name, async () => {
      await using server = await serve((response) => stream(response, text(20_000)));
      const error = await errorOf(connectTo(server.url, { limits, retry: false }).stream(HI).response());
      expect(error).toMatchObject({ code: "malformed-response", message: expect.stringMatching(/is longer than \d+ characters/) });
    });
  it("a small compressed body that is large when it is decompressed", async () => {
    await using server = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      response.end(gzipSync(`{"say":"${"a".repeat(5_000_000)}","stop":"end"}`));
    });
    const error = await errorOf(connectTo(server.url, { limits, retry: false }).generate(HI));
    expect(error.message).toContain("is longer than 100000 characters");
  });
  it("a refusal whose body does not end is cut, and its meaning is kept", async () => {
    await using server = await serve((response) => {
      response.writeHead(402);
      const write = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", write);
      write();
    });
    const error = await errorOf(connectTo(server.url, { retry: false }).generate(HI));
    expect(error.code).toBe("insufficient-balance");
    expect(error.message.length).toBeLessThan(300);
    await server.seen[0]?.closed;
  });
});

it("an error body a hundred thousand levels deep keeps the meaning of its status", async () => {
  await using server = await serve((response) => {
    response.writeHead(429, { "retry-after": "600" });
    response.end(`${'{"error":'.repeat(100_000)}1${"}".repeat(100_000)}`);
  });
  expect(await errorOf(connectTo(server.url, { retry: false }).generate(HI))).toMatchObject({ code: "rate-limit", retryAfterMs: 600_000 });
  expect((await connectTo(server.url, { retry: false }).check()).key).toBe("unknown");
});

for (const index of [4_294_967_294, -1, 0.5, Number.NaN, 100_000])
  it(`a part at index ${index} is an error`, async () => {
    for (const event of [
      { type: "text", index, text: "a" },
      { type: "part-start", index, kind: "text" },
      { type: "part", index, part: { type: "text", text: "a" } },
      { type: "replace", index, part: { type: "text", text: "a" } },
    ] as const) {
      const error = await errorOf(() => build((push) => push(event)));
      expect(error).toMatchObject({ code: "malformed-response", message: expect.stringContaining(`index ${index}`) });
    }
  });
