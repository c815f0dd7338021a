import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { connectTo, errorOf, HI, pause } from "../support/calls.ts";
import { begin, HELLO, serve, sse, stream } from "../support/server.ts";

const once = { retry: false } as const;
const WHOLE = JSON.stringify({ id: "a1", model: "m-1", say: "hello", tokens: [3, 2], stop: "end" });
function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { "content-type": type });
  response.end(body);
}
/** Sends each piece as a packet of its own; the pauses keep them apart. */
async function inPieces(response: ServerResponse, pieces: string[]): Promise<void> {
  for (const piece of pieces) {
    response.write(piece);
    await pause(1);
  }
  response.end();
}

describe("the first byte of an answer decides how it is read, not its content type:", () => {
  it("JSON in reply to a stream request is read as the answer", async () => {
    await using server = await serve((response) => send(response, "text/event-stream", WHOLE));
    const response = await connectTo(server.url, once).stream(HI).response();
    expect(response).toMatchObject({ text: "hello", finishReason: "stop", usage: { input: 3, output: 2 }, transport: { streamed: true } });
  });

  it("a stream in reply to a JSON request is read as the answer", async () => {
    await using server = await serve((response) => send(response, "application/json", HELLO));
    expect(await connectTo(server.url, once).generate(HI)).toMatchObject({
      text: "hello",
      finishReason: "stop",
      transport: { streamed: false },
    });
  });

  it("one answer, streamed or not and under any content type, gives the same response", async () => {
    await using server = await serve((response, seen) =>
      send(response, "text/plain", seen.body.includes('"stream":true') ? HELLO : `\n\n  ${WHOLE}`),
    );
    const [streamed, whole] = [await connectTo(server.url, once).stream(HI).response(), await connectTo(server.url, once).generate(HI)];
    for (const field of ["id", "model", "message", "text", "usage", "finishReason", "toolCalls"] as const)
      expect(streamed[field]).toEqual(whole[field]);
  });

  for (const page of ["<!DOCTYPE html><html><body>Not here</body></html>", "\n <html>\n<head></head>Gateway</html>"])
    it(`an HTML page with HTTP 200 is an error that says so (${page.trim().slice(0, 9)})`, async () => {
      await using server = await serve((response) => send(response, "text/event-stream", page));
      const error = await errorOf(connectTo(server.url).stream(HI).response());
      expect(error).toMatchObject({ code: "malformed-response", message: "sample: the answer is an HTML page", status: 200 });
      expect(error.attempts).toHaveLength(1);
    });

  it("an HTML page with HTTP 502 is a server error", async () => {
    await using server = await serve((response) => {
      response.writeHead(502, { "content-type": "text/html" });
      response.end("<html><h1>Bad gateway</h1></html>");
    });
    expect(await errorOf(connectTo(server.url, once).generate(HI))).toMatchObject({ code: "server", status: 502, retryable: true });
  });

  for (const [body, code] of [
    ["", "malformed-response"],
    ["\n\n", "malformed-response"],
    ["\uFEFF", "malformed-response"],
    [": only a comment\n\n", "truncated"],
  ] as const)
    it(`an answer without content is an error (${JSON.stringify(body)})`, async () => {
      await using server = await serve((response) => send(response, "text/event-stream", body));
      expect((await errorOf(connectTo(server.url, once).stream(HI).response())).code).toBe(code);
    });

  it("HTTP 204 without a body is an error", async () => {
    await using server = await serve((response) => {
      response.writeHead(204);
      response.end();
    });
    expect(await errorOf(connectTo(server.url, once).generate(HI))).toMatchObject({ code: "malformed-response", status: 204 });
  });

  it("cut JSON is an error that quotes its beginning", async () => {
    await using server = await serve((response) => send(response, "application/json", WHOLE.slice(0, 40)));
    const error = await errorOf(connectTo(server.url, once).generate(HI));
    expect(error).toMatchObject({
      code: "malformed-response",
      message: `sample: the answer is neither JSON nor a stream: ${WHOLE.slice(0, 40)}`,
      hint: "Check the base URL: something other than the API answers there",
    });
  });

  it("lines of JSON are read as the events of a stream, and a last line that is cut leaves it without its end", async () => {
    const lines = HELLO.split("\n").flatMap((line) => (line.startsWith("data: {") ? [line.slice("data: ".length)] : []));
    for (const ends of ["\n", "\r\n", "\n\n"]) {
      await using server = await serve((response) => send(response, "application/x-ndjson", lines.join(ends) + ends));
      expect(await connectTo(server.url, once).stream(HI).response()).toMatchObject({ text: "hello", finishReason: "stop" });
    }
    await using cut = await serve((response) => send(response, "application/x-ndjson", lines.join("\n").slice(0, -5)));
    expect(await errorOf(connectTo(cut.url, once).stream(HI).response())).toMatchObject({ code: "truncated" });
  });

  it("a broken line between lines of JSON is an error, never a shorter answer", async () => {
    const lines = HELLO.split("\n").flatMap((line) => (line.startsWith("data: {") ? [line.slice("data: ".length)] : []));
    const broken = lines.map((line, n) => (n === 1 ? line.slice(0, -5) : line)).join("\n");
    await using server = await serve((response) => send(response, "application/x-ndjson", broken));
    expect(await errorOf(connectTo(server.url, once).stream(HI).response())).toMatchObject({ code: "malformed-response" });
  });

  it("a stream is read also behind a line of JSON that is no error", async () => {
    await using server = await serve((response) => send(response, "text/event-stream", `{"queue":3}\n${HELLO}`));
    expect(await connectTo(server.url, once).stream(HI).response()).toMatchObject({ text: "hello", finishReason: "stop" });
  });

  it("text that is neither JSON nor a stream is quoted in the error", async () => {
    await using server = await serve((response) => send(response, "text/plain", "upstream is asleep"));
    const error = await errorOf(connectTo(server.url, once).generate(HI));
    expect(error.message).toBe("sample: the answer is neither JSON nor a stream: upstream is asleep");
  });
});

describe("an error in HTTP 200", () => {
  const ERROR = JSON.stringify({ error: { code: "busy", message: "überlastet" } });

  it("as bare JSON is found wherever packets cut it", async () => {
    const bytes = Buffer.from(ERROR);
    await using server = await serve(async (response, _seen, count) => {
      begin(response, "");
      response.write(bytes.subarray(0, count));
      await pause(1);
      response.end(bytes.subarray(count));
    });
    for (let at = 1; at < bytes.length; at++) {
      const error = await errorOf(connectTo(server.url, once).stream(HI).response());
      expect([at, error.code, error.message]).toEqual([at, "overloaded", "sample: überlastet"]);
    }
  });

  for (const [how, tail] of [
    ["without a newline", ERROR],
    ["with a newline", `${ERROR}\n`],
    ["over several lines", JSON.stringify(JSON.parse(ERROR), null, 2)],
  ] as const)
    it(`as bare JSON in mid-stream ${how} is found wherever packets cut it`, async () => {
      const beginning = sse({ say: "half" });
      const all = beginning + tail;
      await using server = await serve(async (response, _seen, count) => {
        begin(response, "");
        await inPieces(
          response,
          [all.slice(0, beginning.length + count - 1), all.slice(beginning.length + count - 1)].filter((piece) => piece !== ""),
        );
      });
      for (let at = 0; at <= tail.length; at++) {
        const error = await errorOf(connectTo(server.url, once).stream(HI).response());
        expect([at, error.code, error.partial?.text]).toEqual([at, "overloaded", "half"]);
      }
    });

  it("before the beginning of a stream is an error", async () => {
    await using server = await serve((response) => stream(response, `${ERROR}\n\n${sse({ stop: "end" })}`));
    expect((await errorOf(connectTo(server.url, once).stream(HI).response())).code).toBe("overloaded");
  });

  it("does not arise when packets split a character", async () => {
    const bytes = Buffer.from(sse({ say: "grüße 🌻" }, { stop: "end" }, "[DONE]"));
    await using server = await serve(async (response) => {
      begin(response, "");
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        await pause(0);
      }
      response.end();
    });
    expect((await connectTo(server.url, once).stream(HI).response()).text).toBe("grüße 🌻");
  });
});

describe("size limits:", () => {
  it("a body beyond limits.body is an error that names the setting, and the socket is closed", async () => {
    await using server = await serve((response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("[".repeat(10_000)), 1);
      response.on("close", () => clearInterval(timer));
    });
    const error = await errorOf(connectTo(server.url, { ...once, limits: { body: 50_000 } }).generate(HI));
    expect(error).toMatchObject({ code: "malformed-response", hint: "Raise limits.body on the connection" });
    await server.seen[0]?.closed;
  });

  it("an event beyond limits.event is an error, and the socket is closed", async () => {
    await using server = await serve((response) => {
      begin(response, "data: ");
      const timer = setInterval(() => response.write("x".repeat(10_000)), 1);
      response.on("close", () => clearInterval(timer));
    });
    const error = await errorOf(
      connectTo(server.url, { ...once, limits: { event: 50_000 } })
        .stream(HI)
        .response(),
    );
    expect(error).toMatchObject({
      code: "malformed-response",
      message: "sample: one event of the stream is longer than 50000 characters",
    });
    await server.seen[0]?.closed;
  });

  it("an endless error page is cut, and the socket is closed", async () => {
    await using server = await serve((response) => {
      response.writeHead(400, { "content-type": "text/html" });
      const timer = setInterval(() => response.write("<p>no</p>".repeat(40_000)), 1);
      response.on("close", () => clearInterval(timer));
    });
    const error = await errorOf(connectTo(server.url, once).generate(HI));
    expect(error.status).toBe(400);
    expect(error.message.length).toBeLessThan(400);
    await server.seen[0]?.closed;
  });
});
