/** Clients of Responses that refer to a stored response: the gateway stores none, and a vendor that does not either must not answer without the conversation. */
import "@lumiverse/anthropic";
import "@lumiverse/google";
import "@lumiverse/openai";
import OpenAI from "openai";
import { afterEach, describe, expect, test } from "vitest";
import { listen, openTestGateway, type TestGateway } from "./gateways.ts";
import { answers } from "./inbound/vendors.ts";

let one: TestGateway;
afterEach(() => one.close());

const PATH = "/v1/responses";
const STORED = "resp_0";
const RESULT = { type: "function_call_output", call_id: "call_1", output: "nothing" };

/** A gateway with a connection of each protocol, whose vendors answer. `stored`: what the vendor of Responses says of the stored response. */
async function gateway(stored?: string | null): Promise<void> {
  one = await openTestGateway();
  const answer = (stream: boolean): string => {
    // The cost of an answer under a name that the price list lacks is unknown.
    const body = answers.responses({ text: "Aye." }, stream).replaceAll('"model":"m-1"', '"model":"gpt-5.4"');
    return stored === undefined
      ? body
      : body.replaceAll('"object":"response"', `"object":"response","previous_response_id":${JSON.stringify(stored)}`);
  };
  one.vendor.answers.set("gpt-5.4", ({ body: { stream = false } }, response) => {
    response.writeHead(200, { "content-type": stream ? "text/event-stream" : "application/json" }).end(answer(stream));
  });
  const key = "sk-0123456789abcdef";
  for (const [name, provider, model] of [
    ["gpt", "openai", "gpt-5.4"],
    ["claude", "anthropic", "claude-sonnet-4-5"],
    ["gemini", "google", "gemini-2.5-pro"],
  ] as const)
    await one.profiles.create({ name, provider, model, key });
  one.gateway.refresh();
}

describe.each([false, true])("(stream: %s)", (stream) => {
  test.each(["claude", "gemini", "local", "groq"])("%s, which is called by another protocol, is not asked", async (model) => {
    await gateway();
    for (const input of ["Go on.", [RESULT], [{ role: "user", content: "Go on." }]])
      for (const more of [{ previous_response_id: STORED }, { previous_response_id: "" }, { conversation: { id: "conv_0" } }]) {
        const response = await one.ask(PATH, { model, input, stream, ...more });
        const { error } = (await response.json()) as { error: { param: string; type: string; message: string } }; // in the protocol's shape
        expect([response.status, error.type, error.param]).toEqual([400, "invalid_request_error", Object.keys(more)[0]]);
        expect(error.message).toContain("Send the whole conversation in input");
        expect(response.headers.get("x-should-retry")).toBe("false");
      }
    expect(one.vendor.asked).toEqual([]);
  });

  test("a vendor of Responses that continues the response answers", async () => {
    for (const stored of [STORED, undefined]) {
      await gateway(stored);
      const response = await one.ask(PATH, { model: "gpt", input: [RESULT], previous_response_id: STORED, stream });
      expect([response.status, (await response.text()).includes("Aye.")]).toEqual([200, true]);
      expect(one.vendor.asked[0]?.body).toMatchObject({ previous_response_id: STORED, input: [RESULT] });
      if (stored !== undefined) await one.close();
    }
  });

  test.each([null, "resp_other"])("an answer that continues %j instead is an error", async (stored) => {
    await gateway(stored);
    const response = await one.ask(PATH, { model: "gpt", input: "Go on.", previous_response_id: STORED, stream });
    const text = await response.text();
    expect([response.status, text.includes("Send the whole conversation in input"), text.includes("Aye.")]).toEqual([400, true, false]);
    const { calls } = await one.gateway.ledger.list();
    expect(calls).toMatchObject([{ state: "failed", error: { code: "unsupported" } }]);
    if (!stream) expect(calls[0]).toMatchObject({ usage: { completeness: "exact" }, cost: { currency: "USD" } });
    expect(calls[0]?.usage).toBeDefined();
    // Without a reference, the same vendor is fine.
    const fine = await one.ask(PATH, { model: "gpt", input: "Hi", stream, previous_response_id: null });
    expect([fine.status, (await fine.text()).includes("Aye.")]).toEqual([200, true]);
  });
});

test("the official client throws its own error before it reads a word", async () => {
  await gateway(null);
  const server = await listen(one.gateway);
  const openai = new OpenAI({ apiKey: "any", baseURL: `${server.url}/v1` });
  for (const stream of [true, false]) {
    const refused = openai.responses.create({ model: "gpt", input: "Go on.", previous_response_id: STORED, stream });
    await expect(refused).rejects.toMatchObject({ status: 400, param: "previous_response_id" });
  }
  await server.close({ graceMs: 0 });
});
