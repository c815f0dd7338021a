// The page's script: it shows the answer while it arrives, and keeps the conversation.
import type { Message } from "@lumiverse/core";
import { readStream } from "@lumiverse/toolkit/browser";

const messages: Message[] = [];
const shown = document.querySelector("pre");
document.querySelector("form")?.addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const form = submitted.target as HTMLFormElement; // the listener is on the form
  messages.push({ role: "user", content: String(new FormData(form).get("text")) });
  form.reset();
  const stream = readStream(fetch("/chat", { method: "POST", body: JSON.stringify(messages) }));
  try {
    for await (const event of stream) if (event.type === "text") shown?.append(event.text);
    messages.push((await stream.response()).message);
  } catch (error) {
    messages.pop(); // so that the next question does not follow one without an answer
    shown?.append(String(error));
  }
  shown?.append("\n");
});
