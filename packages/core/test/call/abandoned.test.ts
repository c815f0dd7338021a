/** A program that stops reading a stream ends, although the host keeps the connection open. */
import { spawn } from "node:child_process";
import { expect, it, onTestFinished } from "vitest";
import { serve, sse } from "../support/server.ts";

const PROGRAM = `
  import { connectTo, HI } from ${JSON.stringify(new URL("../support/calls.ts", import.meta.url).href)};
  const timeouts = { firstEvent: 300, idle: 300 };
  const events = connectTo(process.argv[1], { retry: false, timeouts }).stream(HI)[Symbol.asyncIterator]();
  for (let texts = 0; texts < 2; ) if ((await events.next()).value?.type === "text") texts++;
  console.log("left");
`;

it("an iterator that nobody reads any more does not keep its process alive", async () => {
  // No answer ends before its client leaves.
  await using server = await serve((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(sse({ say: "a" }, { say: "b" }));
  });
  const flags = ["--conditions=@lumiverse/source", "--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", PROGRAM];
  const child = spawn(process.execPath, [...flags, server.url], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill());
  let output = "";
  for (const from of [child.stdout, child.stderr]) from.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect({ code, output }).toEqual({ code: 0, output: "left\n" });
});
