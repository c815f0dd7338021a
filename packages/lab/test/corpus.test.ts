import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Protocol } from "@lumiverse/core/provider";
import { chatCompletions } from "@lumiverse/protocols/chat-completions";
import { describe, expect, it } from "vitest";
import { acmeProtocol } from "../../../conformance/test/acme/provider.ts";
import { temporary } from "../../../conformance/test/temporary-cases.ts";
import { type CorpusRow, replayCorpus, replayedEvidence } from "../src/corpus/corpus.ts";
import { createReaders, minimalProvider, type Readers } from "../src/corpus/readers.ts";
import { framesOf, type Ignored, isIgnored, trackReads, withoutEqualEvents } from "../src/corpus/unread.ts";

const event = (delta: object, finish: string | null = null, more: object = {}): string =>
  `data: ${JSON.stringify({ id: "a", choices: [{ delta, finish_reason: finish }], ...more })}\n\n`;
const answer = `${event({ content: "Grüße " })}${event({ content: "👋" })}${event({}, "stop", { usage: { prompt_tokens: 3, completion_tokens: 2 }, novelty: { a: 1 }, nothing: null })}data: [DONE]\n\n`;

function folder(recordings: Readonly<Record<string, object>>): string {
  const root = temporary("corpus");
  for (const [name, changes] of Object.entries(recordings)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    const recording = {
      provider: "acme",
      kind: "chat",
      endpoint: "chat",
      streaming: true,
      request: { method: "POST", url: "https://api.acme.test/v1/chat/completions", body: { model: "acme-large" } },
      response: { status: 200, headers: { "content-type": "text/event-stream", date: "Mon, 02 Mar 2026 10:00:00 GMT" }, body: answer },
      ...changes,
    };
    writeFileSync(path, JSON.stringify(recording));
  }
  return root;
}
function readers(protocol: Protocol, ignored: Ignored = {}): Readers {
  return {
    reading: async () => ({
      provider: minimalProvider("acme", protocol),
      settings: undefined,
      protocolId: "chat-completions",
      ignored,
      by: undefined,
    }),
  };
}
async function one(changes: object, protocol: Protocol = acmeProtocol, ignored: Ignored = {}): Promise<CorpusRow> {
  const [row] = await replayCorpus(folder({ "acme/one.json": changes }), { readers: readers(protocol, ignored) });
  return row ?? expect.fail();
}

describe("the corpus", () => {
  it("reads a recorded stream whose characters are split between packets", async () => {
    expect(await one({})).toMatchObject({
      file: "acme/one.json",
      provider: "acme",
      ok: true,
      error: null,
      response: { text: "Grüße 👋", reasoning: "", toolCalls: [], finishReason: "stop", usage: { input: 3, output: 2 } },
    });
  });
  it("reads recorded errors as typed errors", async () => {
    const row = await one({ kind: "error", response: { status: 429, headers: {}, body: '{"error":{"message":"slow down"}}' } });
    expect(row).toMatchObject({ ok: true, error: "rate-limit", response: null, unread: [] });
  });
  it("lists unread fields, except nulls and ignored ones", async () => {
    expect((await one({})).unread).toEqual(["choices[].delta.role", "novelty"].filter((path) => path === "novelty"));
    expect((await one({}, acmeProtocol, { "novelty.**": "of no use" })).unread).toEqual([]);
  });
  it("lists a field that no event of a long stream has read, also when the events are alike", async () => {
    const chunk = (i: number): object => ({
      model: "acme-large",
      seldom: "x",
      choices: [{ index: 0, delta: { content: `w${i}` }, finish_reason: i === 39 ? "stop" : null }],
    });
    const body = Array.from({ length: 40 }, (_, i) => `data: ${JSON.stringify(chunk(i))}\n\n`).join("");
    const row = await one({ response: { status: 200, headers: {}, body: `${body}data: [DONE]\n\n` } }, chatCompletions({}));
    expect(row.unread).toContain("seldom");
  });
  it("fails if the result depends on packet sizes", async () => {
    let packets = 0;
    const odd: Protocol = {
      ...acmeProtocol,
      reader: ({ call, rendered }) => {
        const inner = acmeProtocol.reader({ call, rendered });
        const round = packets++;
        return {
          ...inner,
          get phase() {
            return inner.phase;
          },
          message: (message, emit) =>
            inner.message(message, (event) => emit(event.type === "text" && round === 1 ? { ...event, text: "!" } : event)),
        };
      },
    };
    const row = await one({}, odd);
    expect(row.ok).toBe(false);
    expect(row.problem).toContain("packets of 7 and of 1021 bytes differ");
  });
  it("fails if a reader crashes, although core wraps it in a typed error", async () => {
    const broken: Protocol = {
      ...acmeProtocol,
      reader: () => ({
        ...acmeProtocol.reader({ call: {} as never, rendered: {} as never }),
        phase: "open",
        message: () => (undefined as unknown as string[]).join(),
      }),
    }; // broken on purpose
    const row = await one({}, broken);
    expect(row).toMatchObject({ ok: false });
    expect(row.problem).toContain("TypeError");
  });
  it("fails if a refusal is read as an answer", async () => {
    const blind: Protocol = {
      ...acmeProtocol,
      parseError: () => {
        throw new Error("never");
      },
    };
    expect((await one({ kind: "error", response: { status: 500, headers: {}, body: "{}" } }, blind)).ok).toBe(false);
  });
  it("states how a recording was read if its provider is not installed", async () => {
    const load = async (specifier: string): Promise<unknown> =>
      specifier === "@lumiverse/protocols/chat-completions"
        ? { chatCompletions: () => acmeProtocol, ignored: {} }
        : Promise.reject(Object.assign(new Error("gone"), { code: "ERR_MODULE_NOT_FOUND" }));
    const [row] = await replayCorpus(folder({ "acme/one.json": {} }), { readers: createReaders(load) });
    expect(row).toMatchObject({ ok: true, by: "through the protocol alone: @lumiverse/acme/provider cannot be loaded (not installed)" });
  });
  it("writes evidence with names of recordings but none of their content", async () => {
    const rows = await replayCorpus(folder({ "acme/one.json": {} }), { readers: readers(acmeProtocol) });
    const evidence = replayedEvidence(rows);
    expect(evidence["acme"]?.["streaming"]).toEqual([
      { kind: "replayed", source: "acme/one.json", date: "2026-03-02", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(JSON.stringify(evidence)).not.toContain("Grüße");
  });
  it.skipIf(process.env["LUMIVERSE_RECORDINGS"] === undefined)(
    "of real recordings is read without a crash or a difference",
    async () => {
      const rows = await replayCorpus(process.env["LUMIVERSE_RECORDINGS"] ?? "");
      expect(rows.filter((row) => !row.ok).map((row) => `${row.file}: ${row.problem}`)).toEqual([]);
      expect(rows.length).toBeGreaterThan(0);
    },
    120_000,
  );
});

describe("tracking of reads", () => {
  it("counts a copied value as read and ignores other JSON", () => {
    const frame = '{"a":{"b":1,"c":{"d":2}},"list":[{"x":1},{"y":2}],"none":null}';
    const tracker = trackReads([frame]);
    try {
      const value = JSON.parse(frame) as { a: { b: number; c: object }; list: { x?: number }[] }; // the frame above
      expect(value.a.b + (value.list[0]?.x ?? 0)).toBe(2);
      expect(JSON.parse('{"other":1}')).toEqual({ other: 1 });
      expect(tracker.unread()).toEqual(["a.c", "list[].y"]);
      JSON.stringify(value.a.c);
      expect(tracker.unread()).toEqual(["list[].y"]);
    } finally {
      tracker.restore();
    }
  });
  it("makes no event of a stream equal to another, without changing what it says", () => {
    const body = 'data: {"a":1}\r\n\r\ndata: {"a":1}\n\n: note\ndata: [DONE]\n\n';
    expect(withoutEqualEvents(body)).toBe('data: {"a":1}\r\n\r\ndata: {"a":1} \n\n: note\ndata: [DONE]\n\n');
    expect(framesOf(withoutEqualEvents(body)).map((frame) => frame.trim())).toEqual(framesOf(body));
  });
  it("finds frames with any line end, and takes a whole body as one frame", () => {
    expect(framesOf("\uFEFFdata: {}\r\n\r\n: note\r\n\r\ndata:[1]\r\n\r\n").filter((frame) => frame !== "")).toEqual(["{}", "[1]"]);
    expect(framesOf('{"a":1}')[0]).toBe('{"a":1}');
  });
  it("reads patterns with lists, stars and subtrees", () => {
    expect(isIgnored("choices[].delta.role", { "choices[].delta.role": "" })).toBe(true);
    expect(isIgnored("choices[].delta.role", { "choices[].*.role": "" })).toBe(true);
    expect(isIgnored("choices[].delta.role", { "choices.**": "" })).toBe(true);
    expect(isIgnored("choices[].delta.role", { "choices[].delta": "" })).toBe(false);
    expect(isIgnored("choices", { "choices.**": "" })).toBe(true);
  });
});
