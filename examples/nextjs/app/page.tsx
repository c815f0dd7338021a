"use client";
// Shows the conversation, the answer while it arrives included. Run in the folder nextjs: npm install && GROQ_API_KEY=… npx next dev
import type { Message } from "@lumiverse/core";
import { readStream } from "@lumiverse/toolkit/browser";
import { type ReactElement, useState } from "react";

export default function Page(): ReactElement {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const [answer, setAnswer] = useState("");
  async function ask(form: FormData): Promise<void> {
    const asked: Message[] = [...messages, { role: "user", content: String(form.get("text")) }];
    setMessages(asked);
    setAnswer("");
    const stream = readStream(fetch("/chat", { method: "POST", body: JSON.stringify(asked) }));
    try {
      for await (const event of stream) if (event.type === "text") setAnswer((before) => before + event.text);
      setMessages([...asked, (await stream.response()).message]);
      setAnswer("");
    } catch (error) {
      setMessages(messages);
      setAnswer(String(error));
    }
  }
  return (
    <form action={ask}>
      <pre>{[...messages.map(textOf), answer].join("\n")}</pre>
      <input name="text" />
    </form>
  );
}

function textOf({ content }: Message): string {
  return typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : "")).join("");
}
