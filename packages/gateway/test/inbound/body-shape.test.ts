import { afterEach, describe, expect, test } from "vitest";
import { CHAT, openTestGateway, type TestGateway } from "../gateways.ts";
import { WORDS } from "../vendor-server.ts";

let one: TestGateway | undefined;
afterEach(async () => one?.close());

const SCHEMA = { type: "object", properties: { at: { type: "string" } } };
const SHAPES: [string, object][] = [
  [
    "of Responses",
    {
      instructions: "Be brief.",
      input: [
        { role: "user", content: [{ type: "input_text", text: "Look" }] },
        { type: "function_call", call_id: "c1", name: "look", arguments: '{"at":"sea"}' },
        { type: "function_call_output", call_id: "c1", output: "a ship" },
      ],
      tools: [{ type: "function", name: "look", description: "Looks", parameters: SCHEMA }],
    },
  ],
  [
    "of Anthropic",
    {
      system: "Be brief.",
      messages: [
        { role: "user", content: "Look" },
        { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "look", input: { at: "sea" } }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "a ship" }] },
      ],
      tools: [{ name: "look", description: "Looks", input_schema: SCHEMA }],
    },
  ],
  [
    "of Chat Completions with the flat tools of Responses",
    {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Look" },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"at":"sea"}' } }],
        },
        { role: "tool", tool_call_id: "c1", content: "a ship" },
      ],
      tools: [{ type: "function", name: "look", description: "Looks", parameters: SCHEMA }],
    },
  ],
];

describe("a body at the address of Chat Completions", () => {
  test.each(SHAPES)("%s is read by its shape, and answered as Chat Completions", async (_, body) => {
    one = await openTestGateway();
    const whole = await one.ask(CHAT, { model: "local/m", ...body });
    expect(await whole.json()).toMatchObject({ object: "chat.completion", choices: [{ message: { content: WORDS.join("") } }] });
    const streamed = await (await one.ask(CHAT, { model: "local/m", ...body, stream: true })).text();
    expect(streamed).toContain('"object":"chat.completion.chunk"');
    expect(streamed.trimEnd()).toMatch(/\[DONE\]$/);
    for (const { body: sent } of one.vendor.asked)
      expect(sent).toMatchObject({
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user" },
          { role: "assistant", tool_calls: [{ id: "c1", function: { name: "look", arguments: '{"at":"sea"}' } }] },
          { role: "tool", tool_call_id: "c1", content: "a ship" },
        ],
        tools: [{ type: "function", function: { name: "look", description: "Looks" } }],
      });
  });
});
