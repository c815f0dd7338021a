// Compiled, never run: what the types accept and refuse.
import type { Connection } from "@lumiverse/core";
import { groq } from "@lumiverse/groq/provider";
import * as z from "zod";
import { readStream } from "../src/browser/index.ts";
import { createClient } from "../src/client.ts";
import { fallback } from "../src/fallback/index.ts";
import { streamObject } from "../src/object-stream/index.ts";
import { runTools, type ToolRunEvent, type ToolRunResult, tool } from "../src/tools/index.ts";

declare const connection: Connection;
const request = { model: "m", messages: [] };

const narrow = tool({ name: "t", description: "", parameters: z.object({ n: z.number() }), execute: ({ n }) => n.toFixed() });
// @ts-expect-error `n` is a number
tool({ name: "t", description: "", parameters: z.object({ n: z.number() }), execute: ({ n }) => n.toUpperCase() });
// @ts-expect-error `needsApproval` sees the validated arguments
tool({ name: "t", description: "", parameters: z.object({ n: z.number() }), needsApproval: ({ m }) => m, execute: () => "" });

runTools(connection, request, { tools: [narrow] });
// @ts-expect-error the tools are an option of the run
runTools(connection, { ...request, tools: [narrow] }, { tools: [narrow] });

const objects = streamObject(connection, request, { schema: z.object({ n: z.number() }) });
export const value: Promise<{ n: number }> = objects.output();
for await (const event of objects) {
  // @ts-expect-error a part of the object may be missing
  if (event.type === "partial") event.value.n.toFixed();
}
// @ts-expect-error the schema is an option of the stream
streamObject(connection, { ...request, output: "json" }, { schema: z.object({}) });

export const composed: Connection = fallback([connection, { connection, model: "m", options: { seed: 1 } }]);
// @ts-expect-error a target has messages of the request, not of its own
fallback([{ connection, options: { messages: [] } }]);

export const run: Promise<ToolRunResult> = readStream<ToolRunEvent, ToolRunResult>(new Response()).response();
createClient({ providers: [groq] })("groq/m").generate({ messages: [] });
