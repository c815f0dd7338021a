/**
 * An answer in JSON. The adapter of Node's server writes plain headers as they are; `Response.json` would make an object of them first, which takes longer
 * than writing the body of a short answer.
 */
export function jsonAnswer(body: unknown, status: number, headers: Readonly<Record<string, string>>): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}
