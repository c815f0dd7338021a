import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSse, type SseMessage } from "../../src/provider.ts";

interface Read {
  messages: SseMessage[];
  lines: string[];
  unframed: string;
}
/** Reads packets of bytes with the same decoder as the body reader. */
function read(packets: Uint8Array[], max = 1_000_000): Read {
  const messages: SseMessage[] = [];
  const lines: string[] = [];
  const decoder = new TextDecoder();
  const sse = createSse(
    ({ event, data }) => void messages.push(event === undefined ? { data } : { event, data }),
    (line) => void lines.push(line),
    max,
  );
  for (const packet of packets) {
    const text = decoder.decode(packet, { stream: true });
    if (text !== "") sse.feed(text);
  }
  const rest = decoder.decode();
  if (rest !== "") sse.feed(rest);
  sse.end();
  return { messages, lines, unframed: sse.unframedText() };
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
function cut(whole: Uint8Array, ...at: number[]): Uint8Array[] {
  const edges = [0, ...at, whole.length];
  return edges.slice(1).map((edge, i) => whole.subarray(edges[i] ?? 0, edge));
}

const PLAIN = 'data: {"say":"grüße 🌻"}\n\nevent: error\ndata: {"no":1}\n\ndata: two\ndata: lines\n\ndata: [DONE]\n\n';
const MESSAGES: SseMessage[] = [
  { data: '{"say":"grüße 🌻"}' },
  { event: "error", data: '{"no":1}' },
  { data: "two\nlines" },
  { data: "[DONE]" },
];

const VARIANTS: Record<string, (text: string) => string> = {
  "as it is": (text) => text,
  "no space after the colon": (text) => text.replace(/^(data|event): /gm, "$1:"),
  CRLF: (text) => text.replaceAll("\n", "\r\n"),
  "a lone CR": (text) => text.replaceAll("\n", "\r"),
  "mixed line ends": (text) => text.replace("\n", "\r\n").replace("\n\n", "\r\r"),
  "a byte order mark": (text) => `\uFEFF${text}`,
  "comments between events": (text) => text.replaceAll("\n\n", "\n\n: keep-alive\n\n"),
  "comments inside events": (text) => text.replaceAll("data:", ": hm\n:\ndata:"),
  "ids and retry times": (text) => text.replaceAll("data:", "id: 7\nretry: 10\ndata:"),
  "a retry time that is none": (text) => `retry: soon\n\n${text}`,
  "no final newline": (text) => text.trimEnd(),
  "one final newline": (text) => `${text.trimEnd()}\n`,
  "blank lines first and between": (text) => `\n\n${text.replaceAll("\n\n", "\n\n\n\n")}`,
  "fields without a value": (text) => text.replaceAll("data:", "id\ndata:"),
};

describe.each(Object.entries(VARIANTS))("an event stream with %s", (_name, rewrite) => {
  const whole = bytes(rewrite(PLAIN));
  it("gives the same messages in one packet", () => expect(read([whole])).toEqual({ messages: MESSAGES, lines: [], unframed: "" }));
  it("gives the same messages when it is split at every byte, into two and into three packets", () => {
    for (let at = 0; at <= whole.length; at++) {
      expect([at, read(cut(whole, at))]).toEqual([at, { messages: MESSAGES, lines: [], unframed: "" }]);
      const later = Math.min(at + 3, whole.length);
      expect([at, later, read(cut(whole, at, later)).messages]).toEqual([at, later, MESSAGES]);
    }
  });
  it("gives the same messages with one packet per byte", () => {
    expect(read(cut(whole, ...Array.from({ length: whole.length }, (_, i) => i))).messages).toEqual(MESSAGES);
  });
});

it("any text arrives unchanged wherever packets cut its event", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: "grapheme", minLength: 1 }).map((text) => JSON.stringify({ text })),
        { minLength: 1, maxLength: 5 },
      ),
      fc.array(fc.nat(400), { maxLength: 8 }),
      (events, cuts) => {
        const whole = bytes(events.map((data) => `data: ${data}\n\n`).join(""));
        const at = [...new Set(cuts.map((edge) => Math.min(edge, whole.length)))].sort((a, b) => a - b);
        expect(read(cut(whole, ...at)).messages).toEqual(events.map((data) => ({ data })));
      },
    ),
    { numRuns: 150 },
  );
});

describe("text outside of events", () => {
  const ERROR = '{"error":{"message":"no"}}';
  it("is reported at the end wherever packets cut it, with or without a newline", () => {
    for (const tail of [ERROR, `${ERROR}\n`, `${ERROR}\n\n`, `\n${ERROR}`]) {
      const whole = bytes(`data: 1\n\n${tail}`);
      for (let at = 1; at < whole.length; at++) {
        const { messages, unframed } = read(cut(whole, at));
        expect([tail, at, messages, unframed]).toEqual([tail, at, [{ data: "1" }], ERROR]);
      }
    }
  });

  it("is reported at once when a packet holds its whole line", () => {
    expect(read([bytes(`data: 1\n\n${ERROR}\n`)]).lines).toEqual([ERROR]);
  });

  it("over several lines is reported whole at the end", () => {
    const pretty = JSON.stringify(JSON.parse(ERROR), null, 2);
    expect(JSON.parse(read([bytes(`data: 1\n\n${pretty}`)]).unframed)).toEqual(JSON.parse(ERROR));
  });

  it("is reported after a long stream, without any rest of an event", () => {
    const long = bytes(`data: ${"x".repeat(997)}\n\n`.repeat(300) + ERROR);
    for (const size of [64, 1000, 1001, 4096, 65_536, long.length]) {
      const packets: Uint8Array[] = [];
      for (let at = 0; at < long.length; at += size) packets.push(long.subarray(at, at + size));
      expect([size, read(packets).unframed]).toEqual([size, ERROR]);
    }
  });

  it("is kept in part only, however long its lines are", () => {
    const { unframed } = read(["first", "second", "last"].map((word) => bytes(`${word}${"x".repeat(200_000)}\n`)));
    expect(unframed.length).toBeLessThan(65_536);
    expect(unframed).toMatch(/^last/);
  });
});

it("an event longer than the limit is one typed error", () => {
  const packets = Array.from({ length: 30 }, () => bytes(`data: ${"x".repeat(100)}`.slice(0, 100)));
  expect(() => read(packets, 1000)).toThrow("one event of the stream is longer than 1000 characters");
});
