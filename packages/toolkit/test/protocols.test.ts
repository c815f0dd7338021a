import { anthropic } from "@lumiverse/anthropic/provider";
import { type Fixture, type ReplayServer, readFixtures, replay } from "@lumiverse/conformance";
import { type ChatEvent, type ChatRequest, type Connection, connect, type Message, type Provider } from "@lumiverse/core";
import { google } from "@lumiverse/google/provider";
import { groq } from "@lumiverse/groq/provider";
import { openai } from "@lumiverse/openai/provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { readStream, toResponse } from "../src/browser/index.ts";
import { fallback } from "../src/fallback/index.ts";
import { withBudget, withCache, withLogging } from "../src/middleware/index.ts";
import { mock } from "../src/mock/index.ts";
import { telemetry } from "../src/telemetry/index.ts";
import { runTools, tool } from "../src/tools/index.ts";
import { ASK, collect } from "./helpers.ts";

// One provider for each of the four protocols.
const PROVIDERS: readonly Provider[] = [anthropic, google, groq, openai].map((one) => one as unknown as Provider); // settings do not matter here
const FOLDERS = Object.fromEntries(PROVIDERS.map(({ id }) => [id, new URL(`../../../providers/${id}/fixtures`, import.meta.url)]));

/** Recorded answers that end well, as a plain chat. */
function answers(provider: Provider): Fixture[] {
  const folder = FOLDERS[provider.id];
  if (folder === undefined) throw new Error("every provider has fixtures");
  return readFixtures(folder).filter(({ case: one, exchanges }) => {
    const plain = one.operation === undefined && one.request !== undefined && one.expect.error === undefined && one.turns === undefined;
    return plain && exchanges.length <= 2 && one.settings === undefined && one.options === undefined && one.streaming !== false;
  });
}

let server: ReplayServer;
beforeAll(async () => {
  server = await replay({ fixtures: FOLDERS, delayMs: 0 });
});
afterAll(() => server.close());

function open(provider: Provider, fixture: Fixture): { connection: Connection; request: ChatRequest } {
  const connection = connect(provider, {
    apiKey: "example-key-0001",
    fetch: server.fetch(provider.id),
    retry: false,
    observe: telemetry(),
  });
  const request = { messages: [], ...fixture.case.request, model: fixture.case.model, headers: { "x-lumiverse-fixture": fixture.name } };
  return { connection, request };
}

/** A response without times. */
function timeless({ transport: _, attempts, ...rest }: Awaited<ReturnType<Connection["generate"]>>): unknown {
  return JSON.parse(JSON.stringify({ ...rest, attempts: attempts.map(({ ms: __, ...attempt }) => attempt) }));
}

describe.each(PROVIDERS.map((provider) => [provider.id, provider] as const))("%s", (_, provider) => {
  test("has enough recorded answers to show something", () => {
    expect(answers(provider).length).toBeGreaterThan(5);
  });

  test("every recorded answer passes unchanged through all middleware and a browser stream", async () => {
    for (const fixture of answers(provider)) {
      const { connection, request } = open(provider, fixture);
      const direct = connection.stream(request);
      const events: ChatEvent[] = await collect(direct);
      const wrapped = fallback([withLogging(withCache(withBudget(connection, { calls: 9 })), { log: () => {} })]);
      const read = readStream(toResponse(wrapped.stream(request)));
      expect(await collect(read), fixture.name).toEqual(JSON.parse(JSON.stringify(events)));
      expect(timeless(await read.response()), fixture.name).toEqual(timeless(await direct.response()));
    }
  });

  test("takes the transcript of any run, finished, stopped for approval or aborted", async () => {
    const connection = connect(provider, { apiKey: "example-key-0001" });
    const model = answers(provider)[0]?.case.model ?? "";
    const tools = [
      tool({ name: "look", description: "Looks.", parameters: z.object({ at: z.string() }), execute: ({ at }) => `saw ${at}` }),
      tool({ name: "act", description: "Acts.", needsApproval: true, execute: () => "done" }),
    ];
    const look = { name: "look", input: { at: "sea" } };
    const script = () => [
      { reasoning: "hm", replay: { s: 1 }, text: "let me see", toolCalls: [look, look] },
      { toolCalls: [{ name: "act" }] },
    ];
    const transcripts: (readonly Message[])[] = [];
    const waiting = await runTools(mock(script()).connection, ASK, { tools }).response();
    const denied = { tools, decisions: waiting.pending.map((call) => ({ ...call, approved: false })) };
    transcripts.push((await runTools(mock(["ok"]).connection, { ...ASK, messages: waiting.messages }, denied).response()).messages);
    for (let at = 0; at < 30; at++) {
      const run = runTools(mock(script()).connection, ASK, { tools });
      let seen = 0;
      for await (const _event of run) if (seen++ === at) run.abort();
      const { messages, stopReason } = await run.response();
      if (stopReason === "aborted") transcripts.push(messages);
    }
    expect(transcripts.length).toBeGreaterThan(10);
    for (const messages of transcripts) {
      const { notes } = await connection.explain({ model, messages: [...messages, { role: "user", content: "go on" }], tools });
      // Core repairs what a vendor would refuse, and says so.
      expect(notes.filter(({ message }) => /result|parse/i.test(message))).toEqual([]);
    }
  });
});
