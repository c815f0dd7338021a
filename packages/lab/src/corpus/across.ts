/** Serves each recorded answer to the clients of the three other protocols, which must read the same content, finish reason and usage. */
import { type ChatResponse, type FinishReason, isLumiverseError, type LumiverseError } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { InboundProtocolId } from "@lumiverse/gateway/inbound";
import { modelOf, open, served } from "./corpus.ts";
import { type Difference, differencesOf } from "./differences.ts";
import { serveInbound } from "./inbound-server.ts";
import { type ClientAnswer, officialClients } from "./official-clients.ts";
import { type GatewayExchange, gatewayExchanges } from "./through-gateway.ts";

/** The result for one answer and one client. */
export interface AcrossRow {
  file: string;
  from: InboundProtocolId;
  to: InboundProtocolId;
  differences: Difference[];
}

const ALL: readonly InboundProtocolId[] = ["chat-completions", "responses", "messages", "generate-content"];

/** The word of each protocol for a finish reason. */
const FINISH: { readonly [P in InboundProtocolId]: { readonly [R in FinishReason]: string } } = {
  "chat-completions": {
    stop: "stop",
    length: "length",
    "tool-calls": "tool_calls",
    "content-filter": "content_filter",
    refusal: "content_filter",
    "context-overflow": "length",
    pause: "length",
    other: "stop",
  },
  responses: {
    stop: "completed",
    length: "max_output_tokens",
    "tool-calls": "completed",
    "content-filter": "content_filter",
    refusal: "completed",
    "context-overflow": "max_output_tokens",
    pause: "max_output_tokens",
    other: "completed",
  },
  messages: {
    stop: "end_turn",
    length: "max_tokens",
    "tool-calls": "tool_use",
    "content-filter": "refusal",
    refusal: "refusal",
    "context-overflow": "model_context_window_exceeded",
    pause: "pause_turn",
    other: "end_turn",
  },
  "generate-content": {
    stop: "STOP",
    length: "MAX_TOKENS",
    "tool-calls": "STOP",
    "content-filter": "SAFETY",
    refusal: "SAFETY",
    "context-overflow": "MAX_TOKENS",
    pause: "MAX_TOKENS",
    other: "OTHER",
  },
};

export async function replayAcross(folder: string): Promise<AcrossRow[]> {
  const rows: AcrossRow[] = [];
  const server = await serveInbound();
  try {
    for (const { file, exchange } of await gatewayExchanges(folder)) {
      const expected = await readDirectly(exchange);
      for (const to of ALL.filter((id) => id !== exchange.protocol.id)) {
        const origin = server.serve(connectionOf(exchange), modelOf(exchange.recording));
        const found = await readWithClient(to, origin, exchange.recording.streaming);
        rows.push({ file, from: exchange.protocol.id, to, differences: compare(expected, found, to) });
      }
    }
  } finally {
    await server.close();
  }
  return rows;
}

function connectionOf({ recording, reading }: GatewayExchange): ReturnType<typeof open> {
  const { status, headers, body } = served(recording);
  return open(reading, () => Promise.resolve(new Response(body, { status, headers })));
}

/** The answer as the library reads it. */
async function readDirectly(exchange: GatewayExchange): Promise<ChatResponse | LumiverseError> {
  const { recording } = exchange;
  const request = { model: modelOf(recording), messages: [{ role: "user" as const, content: "?" }] };
  const connection = connectionOf(exchange);
  try {
    return recording.streaming ? await connection.stream(request).response() : await connection.generate(request);
  } catch (error) {
    if (isLumiverseError(error)) return error;
    throw error;
  }
}

async function readWithClient(to: InboundProtocolId, origin: string, streaming: boolean): Promise<ClientAnswer | Error> {
  try {
    return await officialClients[to](origin, streaming);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function compare(expected: ChatResponse | LumiverseError, found: ClientAnswer | Error, to: InboundProtocolId): Difference[] {
  // A failure must reach the client as one, with the vendor's words.
  if (isLumiverseError(expected)) {
    const arrived = found instanceof Error && found.message.includes(JSON.stringify(expected.message.slice(0, 60)).slice(1, -1));
    const plain = found instanceof Error && found.message.includes(expected.message.slice(0, 60));
    return arrived || plain ? [] : [{ path: "error", expected: expected.message, found: found instanceof Error ? found.message : found }];
  }
  if (found instanceof Error) return [{ path: "answer", expected: "an answer", found: found.stack }];
  return differencesOf(expectedAnswer(expected, to), found);
}

function expectedAnswer(response: ChatResponse, to: InboundProtocolId): ClientAnswer {
  const { text, reasoning, toolCalls, finishReason, usage, message } = response;
  const counted = usage.input !== undefined || usage.output !== undefined;
  const prompt = (usage.input ?? 0) + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  const unknown = counted || to === "messages" ? 0 : undefined;
  const words = wordsOfRefusal(response);
  const zero = to === "responses" || to === "messages" ? unknown : undefined;
  return {
    text: to === "messages" ? textWithImages(text, message) : to === "generate-content" ? text + words : text,
    reasoning,
    calls: toolCalls.map(({ name, input, inputError, arguments: written }) => ({
      name,
      input: inputError === undefined ? input : to === "messages" || to === "generate-content" ? {} : written,
    })),
    // Without words, a refusal would look like an ordinary end.
    finish: to === "responses" && finishReason === "refusal" && words === "" ? "content_filter" : FINISH[to][finishReason],
    usage: {
      prompt: counted ? prompt : unknown,
      cached: usage.cacheRead ?? (usage.cacheWrite === undefined || to === "generate-content" ? zero : 0),
      generated: counted ? (usage.output ?? 0) : unknown,
      reasoning: usage.reasoning ?? (to === "responses" ? unknown : undefined),
    },
  };
}

/** The words of a refusal, which Messages calls its explanation. generateContent has no field for them, so they are its text. */
function wordsOfRefusal({ finishReason, details }: ChatResponse): string {
  const words = isObject(details["refusal"]) ? details["refusal"]["explanation"] : details["refusal"];
  return finishReason === "refusal" && typeof words === "string" ? words : "";
}

/** Messages has no block for an image of the model, so it is a link in the text. */
function textWithImages(text: string, message: ChatResponse["message"]): string {
  if (typeof message.content === "string" || !message.content.some((part) => part.type === "image")) return text;
  return message.content
    .map((part) => (part.type === "text" ? part.text : part.type === "image" ? `![image](data:${part.mediaType};base64,${part.data})` : ""))
    .join("");
}
