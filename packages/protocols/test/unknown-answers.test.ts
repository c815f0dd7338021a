/** A body with status 200 that is no answer: the host's own words reach the caller, on all protocols. */
import { connect, type Provider } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { chatProvider } from "../src/chat-completions/index.ts";
import { generateContent } from "../src/generate-content/index.ts";
import { messages } from "../src/messages/index.ts";
import { responses } from "../src/responses/index.ts";
import { acme } from "./chat-drive.ts";

const KEY = "acme-key-0123456789abcdef";
const base = chatProvider({
  ...acme,
  dialect: {},
  capabilities: {},
});
const host = { resource: () => "/models/m-1", serverToolsFlag: "omit" } as const;
const PROTOCOLS: Record<string, Provider> = {
  "chat-completions": base,
  responses: { ...base, route: (call) => ({ ...base.route(call), protocol: responses({}) }) },
  messages: { ...base, route: (call) => ({ ...base.route(call), protocol: messages({}) }) },
  "generate-content": { ...base, route: (call) => ({ ...base.route(call), protocol: generateContent(host) }) },
};

async function errorOf(provider: Provider, json: unknown): Promise<{ code: string; message: string; hint?: string }> {
  const connection = connect(provider, { apiKey: KEY, retry: false, fetch: () => Promise.resolve(Response.json(json)) });
  return connection.generate({ model: "m-1", messages: [{ role: "user", content: "Hi" }] }).then(
    () => expect.fail("it was read as an answer"),
    (error: unknown) => error as { code: string; message: string }, // every failure of a call is a LumiverseError
  );
}

describe.each(Object.entries(PROTOCOLS))("%s", (_id, provider) => {
  it.each([
    [{ success: false, err_msg: "token not accepted" }],
    [{ err_msg: "token not accepted" }],
    [{ code: 7, msg: "token not accepted" }],
    [{ status: "error", data: "token not accepted" }],
    [{ success: false, data: { why: "token not accepted" } }],
    [{ ret: 7, why: "token not accepted" }],
  ])("quotes %j", async (json) => {
    const { message, hint = "" } = await errorOf(provider, json);
    expect(message + hint).toContain("token not accepted");
  });

  it("reads common envelopes as failures of the host", async () => {
    for (const json of [
      { success: false, err_msg: "no" },
      { status: "error", data: "no" },
      { code: 7, msg: "no" },
    ])
      expect((await errorOf(provider, json)).code).toBe("server");
  });

  it("quotes no secret, and no long body", async () => {
    const echoed = await errorOf(provider, { why: `the token ${KEY} is not accepted` });
    expect(JSON.stringify(echoed)).not.toContain(KEY.slice(4, 20));
    const long = await errorOf(provider, { why: "x".repeat(280) + KEY + "x".repeat(5000) });
    expect(JSON.stringify(long)).not.toContain(KEY.slice(0, 12));
    expect(long.message.length + (long.hint?.length ?? 0)).toBeLessThan(500);
  });
});
