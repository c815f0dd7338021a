import OpenAI from "openai";
import { noteTool, perBase, question, type Subject } from "../src/subject.ts";

const client = perBase((base) => new OpenAI({ apiKey: "bench-key", baseURL: `${base}/v1` }));

export const subject: Subject = {
  name: "openai",
  text: {
    async *chat(base, { signal, messages = question }) {
      const stream = client(base).chat.completions.stream({ model: "bench", messages: [...messages] }, { signal });
      for await (const chunk of stream) yield chunk.choices[0]?.delta.content ?? "";
      const response = await stream.finalChatCompletion();
      return { text: response.choices[0]?.message.content ?? "", response };
    },
    async *responses(base, { signal, messages = question }) {
      const stream = client(base).responses.stream({ model: "bench", input: [...messages] }, { signal });
      for await (const event of stream) if (event.type === "response.output_text.delta") yield event.delta;
      const response = await stream.finalResponse();
      return { text: response.output_text, response };
    },
  },
  async tool(base) {
    const stream = client(base).chat.completions.stream({
      model: "bench",
      messages: [...question],
      tools: [{ type: "function", function: noteTool }],
    });
    for await (const _ of stream);
    const call = (await stream.finalChatCompletion()).choices[0]?.message.tool_calls?.[0];
    return call?.type === "function" ? JSON.parse(call.function.arguments).note.length : 0;
  },
  async small(base, { signal, messages = question }) {
    const response = await client(base).chat.completions.create({ model: "bench", messages: [...messages] }, { signal });
    return response.choices[0]?.message.content ?? "";
  },
};
