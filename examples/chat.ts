// A script: one streamed answer, then a question about it. Run: GROQ_API_KEY=… node chat.ts
import "@lumiverse/groq";
import { connect, type Message } from "@lumiverse/core";

const groq = connect("groq");
const messages: Message[] = [];
for (const content of ["Is the wheel turning?", "And tomorrow?"]) {
  messages.push({ role: "user", content });
  const stream = groq.stream({ model: "openai/gpt-oss-20b", messages });
  for await (const event of stream) if (event.type === "text") process.stdout.write(event.text);
  console.log();
  messages.push((await stream.response()).message);
}
