/** The gateway's fetch handler outside Node, with a store handed in. A runtime that is not installed is reported as skipped. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, test, vi } from "vitest";
import { RUNTIMES, startApp } from "../../../toolkit/test/runtimes/runtimes.ts";
import { greedy, slow, startVendor } from "../vendor-server.ts";
import { KEY } from "./app.ts";

const messages = [{ role: "user" as const, content: "Count to five." }];
const TEXT = "One two three four five";
const MODEL = "qwen/qwen3.8-27b";

describe.each(RUNTIMES)("$name", (runtime) => {
  test.skipIf(runtime.binary === undefined)(
    "answers and streams to official clients, refuses, records, and ends the vendor's call when a client leaves",
    async () => {
      const vendor = await startVendor();
      try {
        await using app = await startApp(runtime, `${vendor.origin}/v1`, new URL("app.ts", import.meta.url));
        const openai = new OpenAI({ apiKey: KEY, baseURL: `${app.url}/v1`, maxRetries: 0 });
        const anthropic = new Anthropic({ apiKey: KEY, baseURL: app.url, maxRetries: 0 });
        expect((await openai.chat.completions.create({ model: "groq", messages })).choices[0]?.message.content).toBe(TEXT);
        const streamed = await anthropic.messages.stream({ model: "groq", max_tokens: 100, messages }).finalMessage();
        expect(streamed.content[0]).toMatchObject({ type: "text", text: TEXT });
        const many = await Promise.all(Array.from({ length: 20 }, () => openai.responses.create({ model: "groq", input: "Count." })));
        expect(many.every(({ output_text }) => output_text === TEXT)).toBe(true);
        await expect(new OpenAI({ apiKey: "lv-wrong", baseURL: `${app.url}/v1` }).models.list()).rejects.toMatchObject({ status: 401 });
        expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);

        vendor.answers.set(MODEL, slow(200));
        const left = await openai.chat.completions.create({ model: "groq", messages, stream: true });
        for await (const _ of left) break;
        await vi.waitFor(() => expect(vendor.open).toBe(0), { timeout: 10_000 });
        vendor.answers.set(MODEL, greedy);
        await openai.chat.completions.create({ model: "groq", messages, max_completion_tokens: 9 });
        const { calls } = (await (await fetch(`${app.url}/calls`)).json()) as { calls: { state: string }[] };
        expect(calls.map(({ state }) => state).sort()).toEqual(["canceled", ...Array.from({ length: 23 }, () => "finished")]);
      } finally {
        await vendor.close();
      }
    },
    60_000,
  );
});
