import { GoogleGenAI } from "@google/genai";
import { perBase, question, type Subject } from "../src/subject.ts";

const client = perBase((base) => new GoogleGenAI({ apiKey: "bench-key", httpOptions: { baseUrl: base } }));

export const subject: Subject = {
  name: "google",
  text: {
    /** Streams have no final response, so this code collects the text. */
    async *generate(base, { signal, messages = question }) {
      let text = "";
      const stream = await client(base).models.generateContentStream({
        model: "bench",
        contents: messages.map(({ role, content }) => ({ role: role === "user" ? "user" : "model", parts: [{ text: content }] })),
        config: { abortSignal: signal },
      });
      for await (const chunk of stream) {
        const delta = chunk.text ?? "";
        text += delta;
        yield delta;
      }
      return { text, response: text };
    },
  },
};
