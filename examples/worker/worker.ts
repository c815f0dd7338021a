// A Cloudflare worker. Run in the folder worker: npx wrangler dev. The key is the secret GROQ_API_KEY (npx wrangler secret put GROQ_API_KEY).
import { connect } from "@lumiverse/core";
import { groq } from "@lumiverse/groq/provider";
import { toResponse } from "@lumiverse/toolkit/browser";

export default {
  async fetch(request: Request, env: { GROQ_API_KEY: string }): Promise<Response> {
    if (request.method !== "POST") return new Response("POST the messages of a conversation as JSON.\n", { status: 405 });
    const connection = connect(groq, { apiKey: env.GROQ_API_KEY });
    return toResponse(connection.stream({ model: "openai/gpt-oss-20b", messages: await request.json() }));
  },
};
