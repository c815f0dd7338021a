/** A program that stops reading a stream ends, although the host keeps the connection open. */
import { expect, it } from "vitest";
import { runProgram } from "../support/programs.ts";
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
  expect(await runProgram(process.execPath, [...flags, server.url])).toEqual({ code: 0, stdout: "left\n", stderr: "" });
});
