/** Loops of many steps over vendors that refuse broken transcripts, missing signatures among them. */
import type { Connection } from "@lumiverse/core";
import { convertToModelMessages, isStepCount, readUIMessageStream, streamText, ToolLoopAgent, tool, type UIMessage } from "ai";
import { describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { STRICT_VENDORS, type StrictVendor } from "../../toolkit/test/strict-vendors.ts";
import { languageModel } from "../src/index.ts";
import { collect } from "./helpers.ts";

vi.stubGlobal("AI_SDK_LOG_WARNINGS", false);

const tools = { step: tool({ description: "Steps.", inputSchema: z.object({ n: z.number() }), execute: ({ n }) => `step ${n}` }) };
const SETTINGS = { prompt: "Walk.", tools, reasoning: "low" as const, maxOutputTokens: 4000, maxRetries: 0 };

/** Ends the loop with a text after so many steps. */
function ending(vendor: StrictVendor, after: number): { connection: Connection; prepareStep: (step: { stepNumber: number }) => undefined } {
  return {
    connection: vendor.connection,
    prepareStep({ stepNumber }) {
      vendor.finish = stepNumber === after - 1;
      return undefined;
    },
  };
}

describe.each(STRICT_VENDORS)("over %s", (_, make) => {
  test("streamText runs twelve steps, and every signature returns", async () => {
    const vendor = make();
    const { connection, prepareStep } = ending(vendor, 12);
    const result = streamText({ ...SETTINGS, model: languageModel(connection, vendor.model), prepareStep, stopWhen: isStepCount(20) });
    expect(await result.text).toBe("the end");
    expect(await result.steps).toHaveLength(12);
    expect(vendor.accepted).toBe(12);
  });

  test("an agent runs, and its messages continue after JSON", async () => {
    const vendor = make();
    const { connection, prepareStep } = ending(vendor, 3);
    const model = languageModel(connection, vendor.model);
    const agent = new ToolLoopAgent({ model, tools, prepareStep, reasoning: "low", maxOutputTokens: 4000, maxRetries: 0 });
    const first = await agent.stream({ prompt: "Walk." });
    await collect(first.fullStream);
    const { messages } = await first.response;
    const stored = JSON.parse(JSON.stringify(messages));
    vendor.finish = true;
    const next = streamText({
      model,
      tools,
      maxRetries: 0,
      messages: [{ role: "user", content: "Walk." }, ...stored, { role: "user", content: "And now?" }],
    });
    expect(await next.text).toBe("the end");
  });

  test("a chat of useChat continues from the messages that the page and a database hold", async () => {
    const vendor = make();
    const { connection, prepareStep } = ending(vendor, 4);
    const model = languageModel(connection, vendor.model);
    const result = streamText({ ...SETTINGS, model, prepareStep, stopWhen: isStepCount(20) });
    let page: UIMessage | undefined;
    for await (const message of readUIMessageStream({ stream: result.toUIMessageStream({ sendReasoning: true }) })) page = message;
    if (page === undefined) throw new Error("the page got no message");
    const history: UIMessage[] = [
      { id: "1", role: "user", parts: [{ type: "text", text: "Walk." }] },
      JSON.parse(JSON.stringify(page)) as UIMessage, // just written
      { id: "3", role: "user", parts: [{ type: "text", text: "And now?" }] },
    ];
    // The next step goes on with the tools, so the vendor wants every earlier signature.
    vendor.finish = false;
    const messages = await convertToModelMessages(history, { tools });
    const next = streamText({ ...SETTINGS, prompt: undefined, messages, model, stopWhen: isStepCount(2) } as never);
    expect((await next.steps).map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "tool-calls"]);
  });
});

describe.each(STRICT_VENDORS)("over %s", (_, make) => {
  test("an abort in mid-stream ends the stream with an abort part, and no further step is asked for", async () => {
    const vendor = make();
    const controller = new AbortController();
    const model = languageModel(vendor.connection, vendor.model);
    const result = streamText({ ...SETTINGS, model, stopWhen: isStepCount(20), abortSignal: controller.signal });
    const types: string[] = [];
    for await (const { type } of result.fullStream) {
      types.push(type);
      if (type.endsWith("-start") && type !== "start") controller.abort();
    }
    expect([types.at(-1), types.filter((type) => type === "abort").length, vendor.accepted]).toEqual(["abort", 1, 1]);
  });
});

test("a loop of forty steps is handed from vendor to vendor and back", async () => {
  const vendors = STRICT_VENDORS.map(([, make]) => make());
  const order = [0, 1, 2, 3, 4, 0, 1, 2];
  const result = await collectSteps(vendors, order);
  expect(result.text).toBe("the end");
  expect(result.steps).toBe(40);
  expect(vendors.map(({ accepted }) => accepted)).toEqual([10, 10, 10, 5, 5]);
});

async function collectSteps(vendors: readonly StrictVendor[], order: readonly number[]): Promise<{ text: string; steps: number }> {
  const at = (step: number): StrictVendor => {
    const vendor = vendors[order[Math.floor(step / 5)] ?? 0];
    if (vendor === undefined) throw new Error("there are five vendors");
    return vendor;
  };
  const result = streamText({
    ...SETTINGS,
    model: languageModel(at(0).connection, at(0).model),
    stopWhen: isStepCount(41),
    prepareStep({ stepNumber }) {
      const vendor = at(stepNumber);
      vendor.finish = stepNumber === 39;
      return { model: languageModel(vendor.connection, vendor.model) };
    },
  });
  return { text: await result.text, steps: (await result.steps).length };
}
