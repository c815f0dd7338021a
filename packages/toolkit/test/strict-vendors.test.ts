import type { Message, Part, ToolCallPart } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { type MockReply, mock } from "../src/mock/index.ts";
import { runTools, tool } from "../src/tools/index.ts";
import { ASK } from "./helpers.ts";
import {
  STRICT_VENDORS,
  strictChatCompletions,
  strictGenerateContent,
  strictMessages,
  strictOpenRouter,
  strictResponses,
} from "./strict-vendors.ts";

// Each vendor counts its own steps, so the five of them ask for the same ones.
const step = tool({
  name: "step",
  description: "Steps.",
  parameters: z.object({ n: z.number() }),
  repeatable: true,
  execute: ({ n }) => `step ${n}`,
});
const START: readonly Message[] = [{ role: "user", content: "Walk." }];

describe("over vendors that refuse broken transcripts", () => {
  test("the vendors of this test do refuse them", () => {
    const call = { id: "c1", type: "function", function: { name: "step", arguments: "{}" } };
    const use = { type: "tool_use", id: "t1", name: "step", input: {} };
    const user = { role: "user", content: [{ type: "text", text: "go on" }] };
    const [chat, messages, contents] = [strictChatCompletions(), strictMessages(), strictGenerateContent()];
    const turn = { role: "model", parts: [{ functionCall: { name: "step", args: {} } }] };
    const [responses, openrouter] = [strictResponses(), strictOpenRouter()];
    const item = { type: "function_call", call_id: "c1", name: "step", arguments: "{}" };
    const refused = [
      responses.refuses({ input: [item] }),
      responses.refuses({ input: [{ type: "function_call_output", call_id: "c1", output: "" }] }),
      responses.refuses({ input: [{ type: "reasoning", summary: [], encrypted_content: "forged" }] }),
      openrouter.refuses({ messages: [{ role: "assistant", tool_calls: [call] }] }),
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

  test.each(STRICT_VENDORS.filter(([name]) => name !== "Chat Completions"))("%s refuses a turn without its signature", async (_, make) => {
    const { connection, model } = make();
    const { message } = await connection.stream({ model, messages: START, tools: [step] }).response();
    const bare = (Array.isArray(message.content) ? message.content : []).flatMap((part: Part): ToolCallPart[] =>
      part.type === "tool-call" ? [{ type: part.type, id: part.id, name: part.name, arguments: part.arguments, input: part.input }] : [],
    );
    const results = bare.map(({ id, name }) => ({ type: "tool-result" as const, id, name, content: "step 1" }));
    const messages: Message[] = [...START, { role: "assistant", content: bare }, { role: "tool", content: results }];
    await expect(connection.stream({ model, messages, tools: [step] }).response()).rejects.toMatchObject({ code: "invalid-request" });
  });

  test("forty steps over five providers, with a hand-off to each and back", async () => {
    const vendors = STRICT_VENDORS.map(([, make]) => make());
    // Stretches of five steps, the last of which return to the first providers.
    const order = [0, 1, 2, 3, 4, 0, 1, 2];
    const run = runTools(
      vendors[0]?.connection ?? failed(),
      { model: "any", messages: START, reasoning: "low", maxOutputTokens: 4000 },
      {
        tools: [step],
        maxSteps: 41,
        answerAtEnd: false,
        prepareStep({ step: at }) {
          const vendor = vendors[order[Math.floor((at - 1) / 5)] ?? 0] ?? failed();
          vendor.finish = at === 40;
          return { connection: vendor.connection, request: { model: vendor.model } };
        },
      },
    );
    const result = await run.response();
    expect(result).toMatchObject({ stopReason: "done", text: "the end" });
    expect(result.steps).toHaveLength(40);
    expect(vendors.map(({ accepted }) => accepted)).toEqual([10, 10, 10, 5, 5]);
    // And the transcript continues on every one of them.
    for (const { connection, model } of vendors) {
      const messages = [...result.messages, { role: "user" as const, content: "And now?" }];
      await expect(connection.stream({ model, messages, tools: [step] }).response()).resolves.toBeDefined();
    }
  });

  test.each(STRICT_VENDORS)("%s: an aborted run is continued, whichever event it is aborted at", async (_, make) => {
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

describe.each(STRICT_VENDORS)("%s accepts the next turn", (_, make) => {
  const look = tool({ name: "look", description: "Looks.", parameters: z.object({ at: z.string() }), execute: ({ at }) => `saw ${at}` });
  const sail = tool({ name: "sail", description: "Sails.", needsApproval: true, execute: () => "sailed" });
  const sink = tool({ name: "sink", description: "Sinks.", needsApproval: true, execute: () => "sunk" });
  const tools = [look, sail, sink];
  const turn = { reasoning: "hm", text: "well", toolCalls: [{ name: "look", input: { at: "sea" } }, { name: "sail" }, { name: "sink" }] };

  /** Why the vendor refuses to go on from a transcript. Undefined: it accepts it. */
  async function problem(messages: readonly Message[]): Promise<string | undefined> {
    const { connection, model, refuses } = make();
    const { body } = await connection.explain({ model, messages: [...messages, { role: "user", content: "go on" }], tools });
    return isObject(body) ? refuses(body) : "there is no body";
  }

  test("after a turn with a call that ran, one that was approved and one that was denied, decided from the stored run", async () => {
    const waiting = await runTools(mock([turn]).connection, ASK, { tools }).response();
    expect(waiting.pending.map(({ name }) => name)).toEqual(["sail", "sink"]);
    const stored: Pick<typeof waiting, "messages" | "pending"> = JSON.parse(JSON.stringify(waiting));
    const decisions = stored.pending.map((call) => ({ ...call, approved: call.name === "sail", reason: "not today" }));
    const next = runTools(mock(["done"]).connection, { ...ASK, messages: stored.messages }, { tools, decisions });
    const { messages, stopReason } = await next.response();
    expect([stopReason, await problem(messages)]).toEqual(["done", undefined]);
  });

  test("after an abort at any event of a loop with parallel tools", async () => {
    const script = [turn, turn, "done"].map((one) =>
      typeof one === "string" ? one : { ...one, toolCalls: [turn.toolCalls[0], turn.toolCalls[0]] },
    );
    let aborted = 0;
    for (let at = 0; at < 40; at++) {
      const run = runTools(mock(script as MockReply[]).connection, ASK, { tools: [{ ...look, repeatable: true }] });
      let seen = 0;
      for await (const _event of run) if (seen++ === at) run.abort();
      const { messages, stopReason } = await run.response();
      if (stopReason === "aborted") aborted++;
      expect(await problem(messages), `event ${at}`).toBeUndefined();
    }
    expect(aborted).toBeGreaterThan(10);
  });
});

function failed(): never {
  throw new Error("there are five vendors");
}
