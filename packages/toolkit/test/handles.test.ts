/** Nothing that the toolkit does keeps a process alive: each case runs in a process of its own, which must end by itself. */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closed, inTime } from "../../core/test/support/programs.ts";
import { type Served, serve } from "./helpers.ts";

const MAIN = new URL("handles-main.ts", import.meta.url).pathname;
const event = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: "c", model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const CALL = { tool_calls: [{ index: 0, id: "c1", type: "function", function: { name: "wait", arguments: "{}" } }] };
const ANSWER = event({ content: "It turns." }) + event({}, "stop");

let server: Served;
beforeAll(async () => {
  server = await serve((request, response, body) => {
    const path = request.url?.split("/")[1];
    if (path === "down") return response.writeHead(500).end("{}");
    const asked = body === "" ? {} : JSON.parse(body);
    if (asked.stream !== true)
      return response.writeHead(200, { "content-type": "application/json" }).end(
        JSON.stringify({
          id: "c",
          model: "m",
          choices: [{ index: 0, message: { role: "assistant", content: "It turns." }, finish_reason: "stop" }],
        }),
      );
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (path === "silent") return response.write(event({ content: "It " }));
    const hasResult = body.includes('"role":"tool"');
    return response.end(
      path === "tool" && !hasResult ? `${event(CALL)}${event({}, "tool_calls")}data: [DONE]\n\n` : `${ANSWER}data: [DONE]\n\n`,
    );
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** How long a process that has done its work may take to end. What keeps one alive here is a timer of a minute or an open socket. */
const GRACE_MS = 10_000;

test.each([
  "a stream",
  "a call",
  "an abandoned stream",
  "an aborted stream",
  "a stream that nobody read",
  "a tool loop",
  "an aborted tool loop",
  "an abandoned tool loop",
  "a fallback",
  "an abandoned fallback",
  "a fallback whose targets all fail",
  "a cache",
  "an object stream that does not fit",
  "a stream to a page",
  "an abandoned stream to a page",
  "a response that nobody reads",
  "a stored stream that is resumed",
  "an aborted wait for a lost connection",
  "tools of an MCP server",
])(
  "%s leaves no handle open",
  async (what) => {
    const child = spawn(process.execPath, ["--conditions=@lumiverse/source", MAIN, what, server.url], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let stuck = false;
    let grace: NodeJS.Timeout | undefined;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text) => {
        output += String(text);
        grace ??= setTimeout(() => (stuck = child.kill("SIGKILL")), GRACE_MS);
      });
    const code = await inTime(child, closed(child), 50_000);
    clearTimeout(grace);
    expect([output.trim(), stuck, code]).toEqual(["done", false, 0]);
  },
  60_000,
);
