// The route that app/page.tsx calls. The key stays on the server.
import "@lumiverse/groq";
import { connect } from "@lumiverse/core";
import { toResponse } from "@lumiverse/toolkit/browser";

export async function POST(request: Request): Promise<Response> {
  return toResponse(connect("groq").stream({ model: "openai/gpt-oss-20b", messages: await request.json() }));
}
