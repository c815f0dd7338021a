/** Long silences, on a clock that the tests move: five minutes before the first token and two in the middle of a stream. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openTestGateway, type TestGateway } from "./gateways.ts";
import { chunk } from "./vendor-server.ts";

/** A proxy between client and gateway closes a connection after so many milliseconds of silence. */
const PROXY_MS = 60_000;
const contents = [{ role: "user", parts: [{ text: "Hi" }] }];
const messages = [{ role: "user", content: "Hi" }];

const ROUTES = [
  {
    protocol: "Chat Completions",
    path: "/v1/chat/completions",
    body: { model: "local/m", messages, stream: true },
    heartbeat: ": keep-alive\n\n",
    end: "data: [DONE]\n\n",
  },
  {
    protocol: "Responses",
    path: "/v1/responses",
    body: { model: "local/m", input: "Hi", stream: true },
    heartbeat: ": keep-alive\n\n",
    end: "response.completed",
  },
  {
    protocol: "Messages",
    path: "/v1/messages",
    body: { model: "local/m", max_tokens: 9, messages, stream: true },
    heartbeat: 'event: ping\ndata: {"type":"ping"}\n\n',
    end: "message_stop",
  },
  {
    protocol: "generateContent",
    path: "/v1beta/models/local/m:streamGenerateContent?alt=sse",
    body: { contents },
    heartbeat: ": keep-alive\r\n\r\n",
    end: '"finishReason":"STOP"',
  },
];

/** A vendor whose answer the test writes. */
class WrittenVendor {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  asked = false;
  readonly fetch: typeof fetch = async () => {
    this.asked = true;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };

  write(text: string): void {
    this.#controller?.enqueue(new TextEncoder().encode(text));
  }

  end(text: string): void {
    this.write(text);
    this.#controller?.close();
  }
}

let one: TestGateway;
let vendor: WrittenVendor;
beforeEach(async () => {
  vendor = new WrittenVendor();
  one = await openTestGateway({ wrapFetch: () => vendor.fetch });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
});
afterEach(async () => {
  vi.useRealTimers();
  await one.close();
});

describe.each(ROUTES)("a stream of $protocol", ({ path, body, heartbeat, end }) => {
  test("is kept open through long silences by heartbeats between its events, and is complete", async () => {
    let response: Response | undefined;
    void one.ask(path, body).then((answered) => {
      response = answered;
    });
    // What comes before does not wait for timers alone.
    while (!vendor.asked) {
      await vi.advanceTimersByTimeAsync(1);
      await new Promise(setImmediate);
    }
    // The status waits for ten seconds, because a failure before the first content has a status of its own.
    await vi.advanceTimersByTimeAsync(9_000);
    expect(response).toBe(undefined);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(response?.status).toBe(200);
    expect(response?.headers.get("x-accel-buffering")).toBe("no");
    expect(response?.headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(response?.headers.get("content-encoding")).toBe(null);

    const written: { text: string; at: number }[] = [];
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const piece of response?.body ?? []) written.push({ text: decoder.decode(piece), at: Date.now() });
    })();
    const begun = Date.now();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(new Set(written.map(({ text }) => text))).toEqual(new Set([heartbeat]));
    vendor.write(chunk({ content: "Hello" }));
    await vi.advanceTimersByTimeAsync(50);
    expect(written.at(-1)?.text).toContain("Hello");
    const before = written.length;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(new Set(written.slice(before).map(({ text }) => text))).toEqual(new Set([heartbeat]));
    vendor.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
    await vi.advanceTimersByTimeAsync(50);
    await reading;

    const times = [begun, ...written.map(({ at }) => at)];
    const silences = times.slice(1).map((time, n) => time - (times[n] ?? 0));
    expect(Math.max(...silences)).toBeLessThan(PROXY_MS);
    expect(written.map(({ text }) => text).join("")).toContain(end);
  });
});
