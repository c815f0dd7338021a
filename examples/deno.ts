// A server in Deno. Run: GROQ_API_KEY=… deno serve --allow-net --allow-env deno.ts. page.ts reads the answer.
import "@lumiverse/groq";
import { connect } from "@lumiverse/core";
import { toResponse } from "@lumiverse/toolkit/browser";

const groq = connect("groq");
export default {
  async fetch(request: Request): Promise<Response> {
    return toResponse(groq.stream({ model: "openai/gpt-oss-20b", messages: await request.json() }));
  },
};
