// A bot in a chat like Discord: it hears messages over a WebSocket and answers by POST. It answers where it is named, and remembers each channel.
// Run: node bot/chat-server.ts, and in another terminal GROQ_API_KEY=… node bot/bot.ts
import "@lumiverse/groq";
import { connect, isLumiverseError, type Message } from "@lumiverse/core";

const NAME = "miller";
const chat = process.env["CHAT_URL"] ?? "http://127.0.0.1:3001";
const groq = connect("groq");
const system: Message = { role: "system", content: "You run a mill." };
const histories = new Map<string, Message[]>();

async function hear({ channel, author, text }: { channel: string; author: string; text: string }): Promise<void> {
  if (author === NAME || !text.startsWith(`@${NAME} `)) return;
  const history = histories.get(channel) ?? [];
  histories.set(channel, history);
  const question: Message = { role: "user", content: text.slice(NAME.length + 2) };
  try {
    const { message, text: answer } = await groq.generate({ model: "openai/gpt-oss-20b", messages: [system, ...history, question] });
    history.push(question, message);
    history.splice(0, history.length - 20);
    await say(channel, answer);
  } catch (error) {
    console.error(error);
    const isBusy = isLumiverseError(error) && error.retryable;
    await say(channel, isBusy ? "I am busy. Ask again in a minute." : "I cannot answer that.");
  }
}

async function say(channel: string, text: string): Promise<void> {
  await fetch(`${chat}/channels/${channel}`, { method: "POST", body: JSON.stringify({ author: NAME, text }) }).catch(console.error);
}

const socket = new WebSocket(chat.replace("http", "ws"));
socket.addEventListener("open", () => console.log("listening"));
socket.addEventListener("message", ({ data }) => void hear(JSON.parse(data)));
