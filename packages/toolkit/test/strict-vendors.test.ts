import type { Message } from "@lumiverse/core";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { runTools, tool } from "../src/tools/index.ts";
import { type StrictVendor, strictChatCompletions, strictGenerateContent, strictMessages } from "./strict-vendors.ts";

const step = tool({ name: "step", description: "Steps.", parameters: z.object({ n: z.number() }), execute: ({ n }) => `step ${n}` });
const START: readonly Message[] = [{ role: "user", content: "Walk." }];
const VENDORS: readonly (readonly [string, () => StrictVendor])[] = [
  ["Chat Completions", strictChatCompletions],
  ["Messages", strictMessages],
  ["generateContent", strictGenerateContent],
];

describe("over vendors that refuse broken transcripts", () => {
  test("the vendors of this test do refuse them", () => {
    const call = { id: "c1", type: "function", function: { name: "step", arguments: "{}" } };
    const use = { type: "tool_use", id: "t1", name: "step", input: {} };
    const user = { role: "user", content: [{ type: "text", text: "go on" }] };
    const [chat, messages, contents] = [strictChatCompletions(), strictMessages(), strictGenerateContent()];
    const turn = { role: "model", parts: [{ functionCall: { name: "step", args: {} } }] };
    const refused = [
      chat.refuses({
        messages: [
          { role: "assistant", tool_calls: [call] },
          { role: "user", content: "go on" },
        ],
      }),
      chat.refuses({ messages: [{ role: "tool", tool_call_id: "c1", content: "" }] }),
      messages.refuses({ messages: [{ role: "assistant", content: [use] }, user] }),
      messages.refuses({ messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "t1" }] }] }),
      messages.refuses({ messages: [{ role: "assistant", content: [{ type: "thinking", thinking: "", signature: "forged" }] }, user] }),
      contents.refuses({ contents: [turn, { role: "user", parts: [{ text: "go on" }] }] }),
      contents.refuses({ contents: [turn] }),
    ];
    expect(refused.every((problem) => problem !== undefined)).toBe(true);
  });

  test("forty steps over three providers, with a hand-off to each and back", async () => {
    const vendors = VENDORS.map(([, make]) => make());
    // Three stretches, and the last one returns to the first provider.
    const order = [0, 1, 2, 0];
    const run = runTools(
      vendors[0]?.connection ?? failed(),
      { model: "any", messages: START, reasoning: "low", maxOutputTokens: 4000 },
      {
        tools: [step],
        maxSteps: 41,
        answerAtEnd: false,
        prepareStep({ step: at }) {
          const vendor = vendors[order[Math.floor((at - 1) / 10)] ?? 0] ?? failed();
          vendor.finish = at === 40;
          return { connection: vendor.connection, request: { model: vendor.model } };
        },
      },
    );
    const result = await run.response();
    expect(result).toMatchObject({ stopReason: "done", text: "the end" });
    expect(result.steps).toHaveLength(40);
    expect(vendors.map(({ accepted }) => accepted)).toEqual([20, 10, 10]);
    // And the transcript continues on every one of them.
    for (const { connection, model } of vendors) {
      const messages = [...result.messages, { role: "user" as const, content: "And now?" }];
      await expect(connection.stream({ model, messages, tools: [step] }).response()).resolves.toBeDefined();
    }
  });

  test.each(VENDORS)("%s: an aborted run is continued, whichever event it is aborted at", async (_, make) => {
    for (let at = 0; at < 30; at++) {
      const { connection, model } = make();
      const controller = new AbortController();
      const run = runTools(
        connection,
        { model, messages: START, signal: controller.signal },
        { tools: [step], maxSteps: 3, answerAtEnd: false },
      );
      let seen = 0;
      for await (const _event of run) if (seen++ === at) controller.abort();
      const { messages } = await run.response();
      const next = connection.stream({ model, messages: [...messages, { role: "user", content: "go on" }], tools: [step] });
      await expect(next.response(), `event ${at}`).resolves.toBeDefined();
    }
  });
});

function failed(): never {
  throw new Error("there are three vendors");
}
