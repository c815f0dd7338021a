// A server in Bun. Run: GROQ_API_KEY=… bun bun.ts. page.ts reads the answer.
import "@lumiverse/groq";
import { connect } from "@lumiverse/core";
import { toResponse } from "@lumiverse/toolkit/browser";

const groq = connect("groq");
export default {
  hostname: "127.0.0.1",
  port: Number(process.env["PORT"] ?? 3000),
  idleTimeout: 0, // Bun ends a connection that is silent for 10 s otherwise, and models think for longer
  async fetch(request: Request): Promise<Response> {
    return toResponse(groq.stream({ model: "openai/gpt-oss-20b", messages: await request.json() }));
  },
};
