/** Started by handles.test.ts in a process of its own. It does one thing against real servers and prints `done`; then nothing may keep it alive. */
import { connect } from "@lumiverse/core";
import { custom } from "@lumiverse/custom/provider";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { memoryEventStore, readStream, resumeResponse, toResponse } from "../src/browser/index.ts";
import { fallback } from "../src/fallback/index.ts";
import { connectMcp } from "../src/mcp.ts";
import { withCache } from "../src/middleware/index.ts";
import { streamObject } from "../src/object-stream/index.ts";
import { runTools, tool } from "../src/tools/index.ts";

const [what = "", base = ""] = process.argv.slice(2);
const ASK = { model: "m", messages: [{ role: "user" as const, content: "hi" }] };
/** A connection to one of the test's servers. No option is set, so all time limits and retries are the defaults. */
const to = (path: string) => connect(custom, { baseURL: `${base}/${path}/v1` });
const wait = tool({ name: "wait", description: "", timeoutMs: 60_000, execute: () => new Promise(() => {}) });

async function firstText(stream: AsyncIterable<{ type: string }>): Promise<void> {
  for await (const event of stream) if (event.type === "text") break;
}

/** What happens to a failure is not looked at here. */
const settled = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);

const WORK: Readonly<Record<string, () => Promise<unknown>>> = {
  "a stream": () => to("answer").stream(ASK).response(),
  "a call": () => to("answer").generate(ASK),
  "an abandoned stream": () => firstText(to("silent").stream(ASK)),
  "an aborted stream": async () => {
    const stream = to("silent").stream(ASK);
    const response = settled(stream.response());
    setTimeout(() => stream.abort(), 50);
    return response;
  },
  "a stream that nobody read": async () => void to("answer").stream(ASK),
  "a tool loop": () => runTools(to("tool"), ASK, { tools: [tool({ name: "wait", description: "", execute: () => "ok" })] }).response(),
  "an aborted tool loop": async () => {
    const run = runTools(to("tool"), ASK, { tools: [wait], limits: { ms: 60_000 }, toolTimeoutMs: 60_000 });
    for await (const event of run) if (event.type === "tool-start") run.abort();
    return run.response();
  },
  "an abandoned tool loop": async () => {
    for await (const event of runTools(to("tool"), ASK, { tools: [wait] })) if (event.type === "tool-start") break;
  },
  "a fallback": () => fallback([to("down"), to("answer")]).generate(ASK),
  "an abandoned fallback": () => firstText(fallback([to("down"), to("silent")]).stream(ASK)),
  "a fallback whose targets all fail": () =>
    settled(
      fallback([to("down"), to("down")])
        .stream(ASK)
        .response(),
    ),
  "a cache": async () => {
    const cached = withCache(to("answer"));
    await cached.generate(ASK);
    return cached.stream(ASK).response();
  },
  "an object stream that does not fit": () => {
    const validator = { "~standard": { version: 1 as const, vendor: "test", validate: () => ({ issues: [{ message: "no" }] }) } };
    return settled(streamObject(to("answer"), ASK, { schema: { validator, jsonSchema: { type: "object" } } }).output());
  },
  "a stream to a page": () => readStream(toResponse(to("answer").stream(ASK))).response(),
  "an abandoned stream to a page": () => firstText(readStream(toResponse(to("silent").stream(ASK)))),
  "a response that nobody reads": async () => void toResponse(to("silent").stream(ASK)),
  "a stored stream that is resumed": async () => {
    const store = memoryEventStore();
    await toResponse(to("answer").stream(ASK), { store, id: "s" }).body?.cancel();
    return readStream(await resumeResponse(store, "s", 0)).response();
  },
  "an aborted wait for a lost connection": async () => {
    const lost = new Response("", { headers: { "x-lumiverse-stream-id": "s" } });
    const read = readStream(lost, { maxResumes: 100, resume: () => Promise.reject(new TypeError("no network")) });
    const response = settled(read.response());
    setTimeout(() => read.abort(), 800);
    return response;
  },
  "tools of an MCP server": async () => {
    const server = new McpServer({ name: "s", version: "1.0.0" });
    server.registerTool("wait", { description: "" }, () => new Promise(() => {}));
    const [near, far] = InMemoryTransport.createLinkedPair();
    await server.connect(far);
    const mcp = await connectMcp({ name: "s", prefix: "", transport: () => near });
    const run = runTools(to("tool"), ASK, { tools: mcp.tools });
    for await (const event of run) if (event.type === "tool-start") run.abort();
    await run.response();
    await mcp.close();
  },
};

await WORK[what]?.();
console.log(WORK[what] === undefined ? `there is no "${what}"; there are: ${Object.keys(WORK).join("|")}` : "done");
