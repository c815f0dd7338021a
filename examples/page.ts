// The page of server.ts: the same events and the same response as on the server.
import type { Message } from "@lumiverse/core";
import { readStream } from "@lumiverse/toolkit/browser";

export async function ask(url: string, messages: Message[], show: (text: string) => void): Promise<Message> {
  const headers = { "content-type": "application/json" };
  const stream = readStream(fetch(url, { method: "POST", headers, body: JSON.stringify(messages) }));
  for await (const event of stream) {
    if (event.type === "text") show(event.text);
  }
  return (await stream.response()).message;
}
