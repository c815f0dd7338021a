/** A server that stands in for vendors. Bodies are invented, in the shapes that the vendors document. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Vendors {
  origin: string;
  close(): void;
}

export async function startVendors(): Promise<Vendors> {
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    // The exchange of a service account's token is a form.
    const isJson = request.headers["content-type"]?.startsWith("application/json") === true;
    answer(request, isJson && text !== "" ? JSON.parse(text) : {}, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listening on TCP
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(request: IncomingMessage, body: Record<string, unknown>, response: ServerResponse): void {
  const host = String(request.headers["x-vendor-host"]);
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  const json = (status: number, value: unknown): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  const isChat = path.endsWith("/chat/completions");
  switch (host) {
    case "openrouter.ai":
      if (path.endsWith("/auth/keys"))
        return body["code"] === "code-of-the-page"
          ? json(200, { key: "sk-or-v1-invented-key-0123456789", user_id: "user_1" })
          : json(403, { error: { code: 403, message: "Invalid code" } });
      if (path.endsWith("/key")) return json(200, { data: { label: "one", usage: 1, limit: 10, limit_remaining: 9, is_free_tier: false } });
      if (path.endsWith("/credits")) return json(403, { error: { code: 403, message: "Only management keys can do this" } });
      if (path.endsWith("/models")) return json(200, { data: [{ id: "anthropic/claude-sonnet-4.5", name: "Claude Sonnet 4.5" }] });
      break;
    case "nano-gpt.com":
      if (path.endsWith("/usage")) return json(200, usage());
      if (path.endsWith("/check-balance")) return json(200, { usd_balance: "3.20", nano_balance: "0", nanoDepositAddress: "nano_1" });
      break;
    case "oauth2.googleapis.com":
      return json(200, { access_token: "ya29.an-invented-token", expires_in: 3600, token_type: "Bearer" });
    case "aiplatform.googleapis.com":
    case "europe-west4-aiplatform.googleapis.com":
      if (request.headers.authorization !== "Bearer ya29.an-invented-token") break;
      return json(200, {
        publisherModels: [
          { name: "publishers/google/models/gemini-3.5-flash-lite", versionId: "001", launchStage: "GA" },
          { name: "publishers/google/models/gemini-of-the-stand-in", versionId: "001", launchStage: "GA" },
        ],
      });
    case "api.z.ai":
      // A key of the Coding Plan has no balance on the general address.
      if (isChat && !path.startsWith("/api/coding/"))
        return json(429, { error: { code: "1113", message: "Insufficient balance or no resource package. Please recharge." } });
      break;
    default:
  }
  if (isChat) return chat(body, response);
  json(401, { error: { message: "A key is required", code: "invalid_api_key" } });
}

function usage(): object {
  return {
    active: true,
    allowOverage: false,
    state: "active",
    graceUntil: null,
    limits: { dailyInputTokens: null, weeklyInputTokens: 60_000_000, dailyImages: null },
    weeklyInputTokens: { used: 15_000_000, remaining: 45_000_000, percentUsed: 0.25, resetAt: Date.now() + 3 * 86_400_000 },
    dailyInputTokens: null,
    dailyImages: null,
  };
}

const GREETING = "Good morning, dear reader.";

function chat({ model, stream }: Record<string, unknown>, response: ServerResponse): void {
  const usage = { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 };
  if (stream !== true) {
    const choices = [{ index: 0, message: { role: "assistant", content: GREETING }, finish_reason: "stop" }];
    return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ id: "c", model, choices, usage }));
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const delta of [{ role: "assistant", content: GREETING }, {}])
    response.write(
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model, choices: [{ index: 0, delta, finish_reason: "content" in delta ? null : "stop" }] })}\n\n`,
    );
  response.end(`data: ${JSON.stringify({ id: "c", model, choices: [], usage })}\n\ndata: [DONE]\n\n`);
}
