// The route that app/page.tsx calls. The key stays on the server.
import "@lumiverse/groq";
import { connect } from "@lumiverse/core";
import { toResponse } from "@lumiverse/toolkit/browser";

export async function POST(request: Request): Promise<Response> {
  const messages = await request.json().catch(() => undefined);
  if (!Array.isArray(messages)) return new Response("Post the messages as JSON.", { status: 400 });
  return toResponse(connect("groq").stream({ model: "openai/gpt-oss-20b", messages }));
}
