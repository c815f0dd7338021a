import OpenAI from "openai";
import type { ResponseInput, Tool } from "openai/resources/responses/responses";
import { afterEach, describe, expect, test } from "vitest";
import { serveInbound } from "../../../lab/src/corpus/inbound-server.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { answers, asksForStream, startVendor } from "./vendors.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const PATCH = `*** Begin Patch\n${'+ let a = "b\\n";\n'.repeat(1200)}*** End Patch`;
const TOOLS: Tool[] = [
  {
    type: "custom",
    name: "apply_patch",
    description: "Edits files.",
    format: { type: "grammar", syntax: "lark", definition: "start: begin" },
  },
  {
    type: "namespace",
    name: "agents",
    description: "Agents",
    tools: [{ type: "function", name: "spawn", parameters: { type: "object", properties: { task: { type: "string" } } }, strict: false }],
  },
];

describe.each(["chat-completions", "messages", "generate-content"] as const)(
  "tools that only Responses has, at a %s vendor",
  (protocol) => {
    async function client(call: { id: string; name: string; input: Record<string, unknown> }) {
      const vendor = await startVendor(protocol, (body, url) => ({
        body: answers[protocol as InboundProtocolId]({ call }, asksForStream(body, url)),
      }));
      const server = await serveInbound();
      open.push(vendor, server);
      return {
        vendor,
        openai: new OpenAI({ apiKey: "none", baseURL: `${server.serve(vendor.connection, vendor.model)}/v1`, maxRetries: 0 }),
      };
    }

    test("a custom tool is a function with one text, and its calls and outputs come back unchanged", async () => {
      const { vendor, openai } = await client({ id: "call_1", name: "apply_patch", input: { input: PATCH } });
      const input: ResponseInput = [{ role: "user", content: "Edit it." }];
      const whole = await openai.responses.create({ model: "m", input, tools: TOOLS });
      const streamed = await openai.responses.stream({ model: "m", input, tools: TOOLS }).finalResponse();
      for (const { output } of [whole, streamed])
        expect(output).toMatchObject([{ type: "custom_tool_call", call_id: "call_1", name: "apply_patch", input: PATCH }]);
      expect(JSON.stringify(vendor.received[0])).toContain("The input follows this grammar:");

      const call = whole.output[0] as ResponseInput[number]; // a call that the client sends back
      await openai.responses.create({
        model: "m",
        input: [
          ...input,
          call,
          { type: "custom_tool_call_output", call_id: "call_1", output: "Done." },
          { role: "user", content: "Go on." },
        ],
        tools: TOOLS,
      });
      const sent = JSON.stringify(vendor.received.at(-1));
      expect(sent).toContain("*** Begin Patch");
      expect(sent).toContain("Done.");
    });

    test("a function of a namespace is called by its own name", async () => {
      const { vendor, openai } = await client({ id: "call_2", name: "agents__spawn", input: { task: "x" } });
      const { output } = await openai.responses.create({ model: "m", input: "Spawn.", tools: TOOLS });
      expect(output).toMatchObject([{ type: "function_call", namespace: "agents", name: "spawn", arguments: '{"task":"x"}' }]);
      await openai.responses.create({
        model: "m",
        input: [
          { role: "user", content: "Spawn." },
          { type: "function_call", call_id: "call_2", namespace: "agents", name: "spawn", arguments: '{"task":"x"}' },
          { type: "function_call_output", call_id: "call_2", output: "ok" },
        ],
        tools: TOOLS,
      });
      expect(JSON.stringify(vendor.received.at(-1)).split("agents__spawn").length).toBeGreaterThan(2);
    });
  },
);
