/** Core, a provider, the tool loop and the browser streams outside Node. A runtime that is not installed is reported as skipped. */
import type { ServerResponse } from "node:http";
import { describe, expect, test, vi } from "vitest";
import { readStream } from "../../src/browser/index.ts";
import { collect, serve } from "../helpers.ts";
import { RUNTIMES, startApp } from "./runtimes.ts";

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: "c1", model: "m-1", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const LOOK = { index: 0, id: "call_1", type: "function", function: { name: "look", arguments: '{"at":"sea"}' } };

interface Vendor extends AsyncDisposable {
  url: string;
  /** Requests whose connection the application closed before the answer was complete. */
  left: number;
}

/** Answers as Groq does: with a text, with a call when tools are offered, or without an end when asked to. */
async function serveVendor(): Promise<Vendor> {
  const answer = (response: ServerResponse, body: string): void => {
    response.on("close", () => {
      if (!response.writableFinished) vendor.left++;
    });
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (body.includes('"tools"') && !body.includes('"role":"tool"'))
      response.write(chunk({ role: "assistant", tool_calls: [LOOK] }, "tool_calls"));
    else {
      response.write(chunk({ role: "assistant", content: "It " }));
      if (body.includes("for ever")) return;
      response.write(chunk({ content: "turns." }, "stop"));
    }
    response.end("data: [DONE]\n\n");
  };
  const server = await serve((_, response, body) => answer(response, body));
  const vendor: Vendor = { url: `${server.url}/v1`, left: 0, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  return vendor;
}

describe.each(RUNTIMES)("$name", (runtime) => {
  test.skipIf(runtime.binary === undefined)(
    "streams to a page, reads a stream, runs tools, and closes the vendor's socket when the page leaves",
    async () => {
      await using vendor = await serveVendor();
      await using app = await startApp(runtime, vendor.url);
      const stream = readStream(fetch(`${app.url}/chat?say=hi`));
      expect((await collect(stream)).map(({ type }) => type)).toContain("text");
      expect((await stream.response()).text).toBe("It turns.");
      expect(await (await fetch(`${app.url}/read`)).json()).toEqual({ shown: "It turns.", text: "It turns." });
      expect(await (await fetch(`${app.url}/tools`)).json()).toEqual({ text: "It turns.", steps: 2 });
      for await (const event of readStream(fetch(`${app.url}/chat?say=for ever`))) if (event.type === "text") break;
      await vi.waitFor(() => expect(vendor.left).toBe(1), { timeout: 10_000 });
    },
    60_000,
  );
});
