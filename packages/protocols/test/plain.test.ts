import type { CheckedCall, Message, Protocol } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { chatCompletions } from "../src/chat-completions/index.ts";
import { generateContent } from "../src/generate-content/index.ts";
import { messages as messagesWire } from "../src/messages/index.ts";
import { isRich } from "../src/plain.ts";
import { responses } from "../src/responses/index.ts";
import { callOf } from "./chat-drive.ts";

const conversation: Message[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Hello" },
  { role: "assistant", content: "Good morning." },
  { role: "system", content: "And kind." },
  { role: "user", content: "" },
];
const wires: [string, Protocol][] = [
  ["Chat Completions", chatCompletions({})],
  ["Chat Completions of a host with developers and a marked prefill", chatCompletions({ systemRole: "developer", prefill: "prefix" })],
  ["Responses", responses()],
  ["Messages", messagesWire()],
  ["generateContent", generateContent({ resource: () => "/models/gemini-2.5-flash", mixedTools: "flag" })],
];

describe("a conversation of plain texts", () => {
  it.each(wires)("is the same bytes by the short way and by the long one on %s", (_, protocol) => {
    const given = { messages: conversation, temperature: 0.5, maxOutputTokens: 9, prefill: "Well" };
    const bodyOf = (more: object): [string, boolean] => {
      const call: CheckedCall = callOf({ ...given, ...more });
      return [JSON.stringify(protocol.render(call).request.body), isRich(call)];
    };
    const [short, plain] = bodyOf({});
    // Parameters that say nothing take the long way.
    const [long, rich] = bodyOf({ parameters: {} });
    expect([plain, rich]).toEqual([false, true]);
    expect(short).toBe(long);
  });
});
