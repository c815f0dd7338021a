/** Every fault and every variant must be able to fail: these clients get it wrong. No module of this file loads nock. */
import { type ChatEvent, type ChatResponse, LumiverseError } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { type Fault, faults } from "../src/faults/faults.ts";
import { faultFixture, runFault } from "../src/faults/run-fault.ts";
import { exchangesFor, readFixtures } from "../src/fixture/fixture.ts";
import { eventEdges, framingVariants, splits } from "../src/play/framing.ts";
import { memoryFetch } from "../src/play/memory-fetch.ts";
import { errorOf, play } from "../src/play/play.ts";
import { type Adapter, testedSubject } from "../src/play/subject.ts";
import { acme } from "./acme/provider.ts";
import { FIXTURES } from "./temporary-cases.ts";

const fixtures = readFixtures(FIXTURES);

/** The answer of a client that succeeds whatever the host sends. */
const yes: ChatResponse = {
  model: "m",
  message: { role: "assistant", content: [] },
  text: "yes",
  reasoning: "",
  toolCalls: [],
  sources: [],
  finishReason: "stop",
  usage: { completeness: "unknown" },
  notes: [],
  attempts: [],
  transport: { url: "", status: 200, streamed: true, totalMs: 0 },
  details: {},
};
const client = (outcome: () => ChatResponse): Adapter => {
  const call = async (options: { fetch: typeof fetch; baseURL?: string }): Promise<ChatResponse> => {
    // It reads nothing of the answer and closes nothing.
    void options.fetch(`${options.baseURL}/chat/completions`, { method: "POST", body: "{}" }).catch(() => {});
    return outcome();
  };
  return {
    id: "blind",
    claims: {},
    connect: (options) => ({
      generate: () => call(options),
      async *stream(): AsyncGenerator<ChatEvent> {
        const { text } = await call(options);
        yield { type: "text", index: 0, text };
        yield { type: "finish", reason: "stop" };
      },
    }),
  };
};
const optimist = client(() => yes);
const pessimist = client(() => {
  throw new LumiverseError({ code: "configuration", message: "no" });
});

async function found(subject: Adapter | typeof acme, fault: Fault): Promise<string[]> {
  const fixture = faultFixture(fixtures, fault.mode);
  if (fixture === undefined) throw new Error("the sample has no plain case");
  return runFault(testedSubject(subject), fixture, fault);
}

describe("faults", () => {
  it("are the complete list", () => {
    expect(faults.map((fault) => fault.id).join(" ")).toBe(
      "reset-before-headers reset-then-answer reset-in-mid-stream reset-in-mid-body cut-after-content cut-inside-an-event cut-inside-a-body silence-before-headers silence-after-headers silence-in-mid-stream total-timeout heartbeats-without-end content-after-finish open-after-the-end reset-after-the-end empty-stream empty-body html-200 html-200-unstreamed health-page health-page-unstreamed html-502 json-for-a-stream garbage-event oversized-event oversized-body error-in-mid-stream error-first error-bare-in-mid-stream error-200-streamed error-200 envelope-200-streamed envelope-200 bare-200-streamed bare-200 template-500 limit-renamed page-in-mid-stream status-400 status-401 status-402 status-403 status-404 status-408 status-409 status-413 status-422 status-429 status-500 status-502 status-503 status-504 status-529 status-empty status-objects not-retried retry-500 retry-seconds retry-ms retry-date retry-too-late retry-after-on-success redirect-302 redirect-307 redirect-308 abort-before-headers abort-unstreamed abort-in-mid-stream abort-after-finish leave-early back-pressure",
    );
  });
  it.each(faults.filter((fault) => fault.outcome.codes !== undefined))(
    "$id: a client that answers nevertheless fails the check",
    async (fault) => {
      expect(await found(optimist, fault)).not.toEqual([]);
    },
  );
  it.each(faults.filter((fault) => fault.outcome.codes === undefined))(
    "$id: a client that fails nevertheless fails the check",
    async (fault) => {
      expect(await found(pessimist, fault)).not.toEqual([]);
    },
  );
});

describe("framing", () => {
  const body = new TextDecoder().decode(exchangesFor(fixtures.find((one) => one.name === "text") ?? expect.fail(), "stream")[0]?.body);
  it.each(framingVariants.filter((variant) => variant.id !== "lf"))("$id changes the bytes but not the content", async (variant) => {
    const changed = variant.apply(body);
    expect(changed).not.toBe(body);
    expect(changed.match(/"content":"[^"]*"/g)).toEqual(body.match(/"content":"[^"]*"/g));
  });
  it("lf converts CRLF back to LF", () => {
    expect(framingVariants.find((variant) => variant.id === "lf")?.apply(body.replaceAll("\n", "\r\n"))).toBe(body);
  });
  it("splits keep the bytes and cut a small body at every offset", () => {
    const bytes = new TextEncoder().encode(body);
    const cut = new Set<number>();
    const cutAlone = new Set<number>();
    for (const { title, packets } of splits(bytes)) {
      expect(Buffer.concat(packets).equals(bytes)).toBe(true);
      if (title === "a packet for every byte") continue;
      let at = 0;
      for (const packet of packets.slice(0, -1)) cut.add((at += packet.length));
      if (packets.length === 2) cutAlone.add(at);
    }
    expect(cut.size).toBe(bytes.length - 1);
    for (const [at, byte] of bytes.entries()) if (byte === 10 && at + 1 < bytes.length) expect([...cutAlone]).toContain(at + 1);
  });
  it("event boundaries are found with LF and CRLF", () => {
    expect(eventEdges(new TextEncoder().encode("data: 1\n\ndata: 2\r\n\r\n"))).toEqual([9, 20]);
  });
});

describe("an endless line", () => {
  it("of 100 MB is a typed error and does not exhaust memory", async () => {
    const fixture = faultFixture(fixtures, "stream") ?? expect.fail();
    const filler = new Uint8Array(1_000_000).fill(120);
    const packets = [new TextEncoder().encode('data: {"x":"'), ...Array.from({ length: 100 }, () => filler)];
    const [turn] = await play(testedSubject(acme), fixture, "stream", {
      fetch: memoryFetch(exchangesFor(fixture, "stream"), () => packets),
    });
    expect(errorOf(turn?.error)).toMatchObject({ code: "malformed-response" });
    const whole = faultFixture(fixtures, "generate") ?? expect.fail();
    const [other] = await play(testedSubject(acme), whole, "generate", {
      fetch: memoryFetch(exchangesFor(whole, "generate"), () => packets),
    });
    expect(errorOf(other?.error)).toMatchObject({ code: "malformed-response" });
  });
});
