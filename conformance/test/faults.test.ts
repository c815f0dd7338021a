/** Every fault and every disguise must be able to fail: here are the clients that get it wrong. No module of this file loads nock. */
import { type ChatEvent, type ChatResponse, LumiverseError } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { disguises, eventEdges, splits } from "../src/disguises.ts";
import { faultFixture, runFault } from "../src/fault-run.ts";
import { type Fault, faults } from "../src/faults.ts";
import { exchangesFor, readFixtures } from "../src/fixture.ts";
import { memoryFetch } from "../src/memory.ts";
import { errorOf, play } from "../src/play.ts";
import { faultTable, outcomeOf } from "../src/report.ts";
import { type Adapter, judged } from "../src/subject.ts";
import { acme } from "./acme/provider.ts";
import { FIXTURES } from "./copies.ts";

const fixtures = readFixtures(FIXTURES);

/** Answers whatever it is asked, after reading all that comes. */
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
    // Nothing of the answer is looked at, and nothing is closed.
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
  return runFault(judged(subject), fixture, fault);
}

describe("faults", () => {
  it("are these, and one that is missing is missed", () => {
    expect(faults.map((fault) => fault.id).join(" ")).toBe(
      "reset-before-headers reset-then-answer reset-in-mid-stream reset-in-mid-body cut-after-content cut-inside-an-event cut-inside-a-body silence-before-headers silence-after-headers silence-in-mid-stream total-timeout open-after-the-end reset-after-the-end empty-stream empty-body html-200 html-200-unstreamed html-502 json-for-a-stream garbage-event oversized-event oversized-body error-in-mid-stream error-first error-bare-in-mid-stream error-200-streamed error-200 page-in-mid-stream status-400 status-401 status-402 status-403 status-404 status-408 status-409 status-413 status-422 status-429 status-500 status-502 status-503 status-504 status-529 status-empty not-retried retry-500 retry-seconds retry-ms retry-date retry-too-late retry-after-on-success redirect-302 redirect-307 redirect-308 abort-before-headers abort-unstreamed abort-in-mid-stream abort-after-finish leave-early back-pressure",
    );
  });
  it.each(faults.filter((fault) => fault.right.codes !== undefined))("$id: a client that answers all the same is caught", async (fault) => {
    expect(await found(optimist, fault)).not.toEqual([]);
  });
  it.each(faults.filter((fault) => fault.right.codes === undefined))("$id: a client that fails all the same is caught", async (fault) => {
    expect(await found(pessimist, fault)).not.toEqual([]);
  });
  it("have a table with the right outcome of each", () => {
    const table = faultTable([]);
    for (const fault of faults) expect(table).toContain(`| ${fault.id} | ${fault.title} | ${outcomeOf(fault.right)} |`);
  });
});

describe("disguises", () => {
  const body = new TextDecoder().decode(exchangesFor(fixtures.find((one) => one.name === "text") ?? expect.fail(), "stream")[0]?.body);
  it.each(disguises.filter((disguise) => disguise.id !== "lf"))("$id changes the bytes and not what they say", async (disguise) => {
    const dressed = disguise.dress(body);
    expect(dressed).not.toBe(body);
    expect(dressed.match(/"content":"[^"]*"/g)).toEqual(body.match(/"content":"[^"]*"/g));
  });
  it("lf undoes CRLF", () => {
    expect(disguises.find((disguise) => disguise.id === "lf")?.dress(body.replaceAll("\n", "\r\n"))).toBe(body);
  });
  it("splits put the same bytes together again, cut at every place of a small body", () => {
    const bytes = new TextEncoder().encode(body);
    const places = new Set<number>();
    for (const { packets } of splits(bytes)) {
      expect(Buffer.concat(packets).equals(bytes)).toBe(true);
      if (packets.length === 2) places.add(packets[0]?.length ?? 0);
    }
    expect(places.size).toBe(bytes.length - 1);
  });
  it("edges of events are found with either line end", () => {
    expect(eventEdges(new TextEncoder().encode("data: 1\n\ndata: 2\r\n\r\n"))).toEqual([9, 20]);
  });
});

describe("a line without end", () => {
  it("of 100 MB is a typed error and leaves the process alone", async () => {
    const fixture = faultFixture(fixtures, "stream") ?? expect.fail();
    const filler = new Uint8Array(1_000_000).fill(120);
    const packets = [new TextEncoder().encode('data: {"x":"'), ...Array.from({ length: 100 }, () => filler)];
    const [turn] = await play(judged(acme), fixture, "stream", { fetch: memoryFetch(exchangesFor(fixture, "stream"), () => packets) });
    expect(errorOf(turn?.error)).toMatchObject({ code: "malformed-response" });
    const whole = faultFixture(fixtures, "generate") ?? expect.fail();
    const [other] = await play(judged(acme), whole, "generate", { fetch: memoryFetch(exchangesFor(whole, "generate"), () => packets) });
    expect(errorOf(other?.error)).toMatchObject({ code: "malformed-response" });
  });
});
