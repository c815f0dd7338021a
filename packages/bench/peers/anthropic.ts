import Anthropic from "@anthropic-ai/sdk";
import { perBase, question, type Subject } from "../src/subject.ts";

const client = perBase((base) => new Anthropic({ apiKey: "bench-key", baseURL: base }));

export const subject: Subject = {
  name: "anthropic",
  text: {
    async *messages(base, { signal, messages = question }) {
      const stream = client(base).messages.stream({ model: "bench", max_tokens: 64_000, messages: [...messages] }, { signal });
      for await (const event of stream)
        if (event.type === "content_block_delta" && event.delta.type === "text_delta") yield event.delta.text;
      const response = await stream.finalMessage();
      const block = response.content[0];
      return { text: block?.type === "text" ? block.text : "", response };
    },
  },
};
