import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { pollinations } from "../src/provider.ts";

const answer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1790000000,
  model: "gpt-oss-20b",
  choices: [{ index: 0, message: { role: "assistant", content: "A tulip." }, finish_reason: "stop" }],
};
const messages = [{ role: "user" as const, content: "Name a flower." }];

function host(): { fetch: typeof fetch; sent: { url: string; headers: Headers }[]; most: () => number } {
  const sent: { url: string; headers: Headers }[] = [];
  let running = 0;
  let most = 0;
  return {
    sent,
    most: () => most,
    fetch: async (input, init) => {
      sent.push({ url: String(input), headers: new Headers(init?.headers) });
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } });
    },
  };
}

test("a call without a key goes to the older host, without any credential", async () => {
  const { fetch, sent } = host();
  const response = await connect(pollinations, { fetch }).generate({ model: "openai-fast", messages });
  expect(response.text).toBe("A tulip.");
  expect(sent.map(({ url }) => url)).toEqual(["https://text.pollinations.ai/openai/chat/completions"]);
  expect([...(sent[0]?.headers.keys() ?? [])].filter((name) => /auth|key|token|cookie/.test(name))).toEqual([]);
});

test("a key from the environment sends the call to the gateway", async () => {
  process.env["POLLINATIONS_API_KEY"] = "meadow-key-from-environment";
  try {
    const { fetch, sent } = host();
    await connect(pollinations, { fetch }).generate({ model: "openai", messages });
    expect(sent[0]?.url).toBe("https://gen.pollinations.ai/v1/chat/completions");
    expect(sent[0]?.headers.get("authorization")).toBe("Bearer meadow-key-from-environment");
  } finally {
    delete process.env["POLLINATIONS_API_KEY"];
  }
});

test("calls without a key run one at a time, calls with a key run in parallel", async () => {
  const anonymous = host();
  const connection = connect(pollinations, { fetch: anonymous.fetch });
  await Promise.all([1, 2, 3].map(() => connection.generate({ model: "openai-fast", messages })));
  expect(anonymous.most()).toBe(1);
  const hasKey = host();
  const gateway = connect(pollinations, { fetch: hasKey.fetch, apiKey: "meadow-key-0001" });
  await Promise.all([1, 2, 3].map(() => gateway.generate({ model: "openai", messages })));
  expect(hasKey.most()).toBe(3);
});

test("a proxy receives calls with and without a key", async () => {
  const { fetch, sent } = host();
  await connect(pollinations, { fetch, baseURL: "https://proxy.example" }).generate({ model: "openai", messages });
  expect(sent[0]?.url).toBe("https://proxy.example/v1/chat/completions");
});
