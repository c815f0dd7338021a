import { beginSignIn, connect } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { openrouter } from "../src/provider.ts";

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

describe("signing in", () => {
  it("sends the digest of the verifier, and a nonce in the callback's path because there is no state", async () => {
    let sent: Record<string, string> = {};
    let headers = new Headers();
    const begun = await beginSignIn(openrouter, {
      callback: "http://127.0.0.1:8123/back",
      fetch: (url, init) => {
        expect(String(url)).toBe("https://openrouter.ai/api/v1/auth/keys");
        sent = JSON.parse(String(init?.body)) as Record<string, string>; // written by the library
        headers = new Headers(init?.headers);
        return Promise.resolve(json({ key: "sk-or-v1-quay", user_id: "user_quay" }));
      },
    });
    const url = new URL(begun.url);
    expect(url.origin + url.pathname).toBe("https://openrouter.ai/auth");
    expect(url.searchParams.get("code_challenge_method")).toBe("S256");
    expect(url.searchParams.has("state")).toBe(false);
    expect(url.searchParams.get("callback_url")).toBe(begun.callback);
    expect(begun.callback).toMatch(/^http:\/\/127\.0\.0\.1:8123\/back\/[\w-]{20,}$/);

    await expect(begun.finish("http://127.0.0.1:8123/back/other?code=c")).rejects.toMatchObject({ code: "authentication" });
    expect(await begun.finish(`${begun.callback}?code=once`)).toEqual({ key: "sk-or-v1-quay", account: "user_quay" });
    expect(sent).toMatchObject({ code: "once", code_challenge_method: "S256" });
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(sent["code_verifier"])));
    const challenge = btoa(String.fromCharCode(...digest))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replace(/=+$/, "");
    expect(url.searchParams.get("code_challenge")).toBe(challenge);
    expect(headers.has("authorization")).toBe(false);
  });

  it("reports a code that is no longer valid as an authentication error", async () => {
    const begun = await beginSignIn(openrouter, {
      callback: "https://app.example/back",
      fetch: () => Promise.resolve(json({ error: { code: 403, message: "Invalid code" } }, 403)),
    });
    await expect(begun.finish(`${begun.callback}?code=late`)).rejects.toMatchObject({ code: "authentication", status: 403 });
    await expect(begun.finish(`${begun.callback}?error=access_denied&error_description=No`)).rejects.toMatchObject({
      code: "authentication",
    });
  });
});

describe("the details of an answer", () => {
  it("contain the routing, the upstream provider and the counts of server tools", async () => {
    const connection = connect(openrouter, {
      apiKey: "sk-or-v1-quay",
      fetch: () =>
        Promise.resolve(
          json({
            id: "gen-1",
            model: "openai/gpt-4.1-mini",
            provider: "OpenAI",
            choices: [
              { index: 0, finish_reason: "stop", native_finish_reason: "completed", message: { role: "assistant", content: "Aye." } },
            ],
            usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4, cost: 0.1, server_tool_use: { web_search_requests: 2 } },
            openrouter_metadata: { strategy: "direct" },
          }),
        ),
    });
    const { details, cost } = await connection.generate({ model: "openai/gpt-4.1-mini", messages: [{ role: "user", content: "Ahoy?" }] });
    expect(details).toMatchObject({
      upstream: "OpenAI",
      nativeFinishReason: "completed",
      routing: { strategy: "direct" },
      serverTools: { web_search_requests: 2 },
    });
    expect(cost).toEqual({ amount: 0.1, currency: "USD", from: "provider" });
  });
});
