import Anthropic from "@anthropic-ai/sdk";
import { perBase, question, type Subject } from "../src/subject.ts";

const client = perBase((base) => new Anthropic({ apiKey: "bench-key", baseURL: base }));

export const subject: Subject = {
  name: "anthropic",
  text: {
    async messages(base, { signal, first, messages = question }) {
      let deltas = 0;
      const stream = client(base).messages.stream({ model: "bench", max_tokens: 64_000, messages: [...messages] }, { signal });
      for await (const event of stream) if (event.type === "content_block_delta" && deltas++ === 0) first?.();
      const response = await stream.finalMessage();
      const block = response.content[0];
      return { deltas, characters: block?.type === "text" ? block.text.length : 0, response };
    },
  },
};
