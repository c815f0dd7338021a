/** Turns of a talk: asked for by a provider's own render, read by its own reader from invented bytes, answered with a text and a picture. */

import { connect, type Explanation } from "@lumiverse/core";
import type { AssistantMessage, ChatRequest, FunctionTool, JsonObject, Message, ToolMessage } from "@lumiverse/core/provider";
import type { Home } from "./handoff-answers.ts";

export const PIXEL: string = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";
const parameters = { type: "object", properties: { pier: { type: "integer" } }, required: ["pier"] };
/** The second name is none that every vendor takes. */
export const tools: FunctionTool[] = [
  { name: "tide", description: "How high the water stands.", parameters },
  { name: "harbour.camera", description: "A picture of a pier.", parameters },
];
export const start: Message[] = [
  { role: "system", content: "You watch the harbour." },
  { role: "user", content: "How is pier 7?" },
];

const nowhere: typeof fetch = () => Promise.reject(new TypeError("no network here"));
export function explain(home: Home, messages: readonly Message[]): Promise<Explanation> {
  const connection = connect(home.provider, { apiKey: keyOf(home), fetch: nowhere });
  return connection.explain(requestOf(home, messages));
}
const requestOf = ({ model }: Home, messages: readonly Message[]): ChatRequest => ({
  model,
  messages,
  tools,
  maxOutputTokens: 4096,
  reasoning: "medium",
});
const keyOf = (home: Home): string => `key-of-${home.provider.id}-000`;

/** Lets a home's reader make the next turn, and answers its calls, one of them with a picture. */
export async function go(home: Home, messages: readonly Message[], turn: string): Promise<Message[]> {
  const wireNames = home.tools((await explain(home, messages)).body as JsonObject);
  const served: typeof fetch = () =>
    Promise.resolve(new Response(home.answer(wireNames, turn), { headers: { "content-type": "text/event-stream" } }));
  const connection = connect(home.provider, { apiKey: keyOf(home), fetch: served });
  const { message, toolCalls } = await connection.stream(requestOf(home, messages)).response();
  const results: ToolMessage = {
    role: "tool",
    content: [
      { type: "tool-result", id: toolCalls[0]?.id ?? "", content: "High." },
      {
        type: "tool-result",
        id: toolCalls[1]?.id ?? "",
        content: [
          { type: "text", text: "Seen." },
          { type: "image", data: PIXEL, mediaType: "image/png" },
        ],
      },
    ],
  };
  // Through JSON: a transcript that is stored goes on too.
  const kept = JSON.parse(JSON.stringify([message, results])) as [AssistantMessage, ToolMessage];
  return [...messages, ...kept];
}
