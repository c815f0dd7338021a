// Loaded before an example (`node --import`). Requests to a vendor's host go to the llama.cpp server that LUMIVERSE_LOCAL_SERVER names, and keys are invented.
const server = process.env["LUMIVERSE_LOCAL_SERVER"] ?? "";
for (const name of ["ANTHROPIC_API_KEY", "GROQ_API_KEY", "OPENAI_API_KEY"]) process.env[name] = "example-key-0001";

/** Tokens of the server's random model: one opens a tool call, one ends the turn, one is a quotation mark, which ends the text in an argument. */
const CALL_A_TOOL = { tool_choice: "required", logit_bias: { 3: 50, 2: 100, 261: 20 } };

/**
 * A random model calls no tool by itself and would not stop calling. So it has to call one first, and none once it has a result. The server obeys a schema in
 * Responses only where it stands as Chat Completions has it.
 */
function steered(body: string): string {
  const schema = JSON.parse(body).text?.format?.schema;
  if (schema !== undefined)
    return JSON.stringify({ ...JSON.parse(body), json_schema: schema, logit_bias: { 261: 20 }, max_output_tokens: 500 });
  if (!body.includes('"tools"')) return body;
  const hasResult = body.includes('"function_call_output"') || body.includes('"role":"tool"');
  return JSON.stringify({ ...JSON.parse(body), ...(hasResult ? { tool_choice: "none" } : CALL_A_TOOL) });
}

const direct = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.hostname === "127.0.0.1") return direct(input, init);
  const body = typeof init?.body === "string" ? { body: steered(init.body) } : {};
  return direct(new URL(url.pathname.slice(url.pathname.indexOf("/v1/")), server), { ...init, ...body });
};
