/** Beta features that a finished body needs, by the vendor's list: a value that the host does not know is a 400, so none is sent without need. */
import { isObject, type JsonObject } from "@lumiverse/core";

/** By the beginning of a hosted tool's type. */
const TOOLS: readonly (readonly [type: string, beta: string])[] = [
  ["mcp_toolset", "mcp-client-2025-11-20"],
  ["code_execution_", "code-execution-2025-08-25"],
  ["computer_20251124", "computer-use-2025-11-24"],
  ["computer_20250124", "computer-use-2025-01-24"],
  ["advisor_", "advisor-tool-2026-03-01"],
  ["memory_", "context-management-2025-06-27"],
];
/** By a field of the body, given raw through `parameters`. */
const FIELDS: readonly (readonly [field: string, beta: string])[] = [
  ["mcp_servers", "mcp-client-2025-11-20"],
  ["speed", "fast-mode-2026-02-01"],
  ["diagnostics", "cache-diagnosis-2026-04-07"],
  ["fallbacks", "server-side-fallback-2026-07-01"],
  ["fallback_credit_token", "fallback-credit-2026-07-01"],
];

export function betasFor(body: JsonObject): string[] {
  const betas: string[] = [];
  for (const tool of listOf(body["tools"])) {
    const type = tool["type"];
    if (typeof type === "string") for (const [start, beta] of TOOLS) if (type.startsWith(start)) betas.push(beta);
  }
  for (const [field, beta] of FIELDS) if (body[field] !== undefined) betas.push(beta);
  const management = body["context_management"];
  if (isObject(management))
    for (const edit of listOf(management["edits"]))
      betas.push(String(edit["type"]).startsWith("compact_") ? "compact-2026-01-12" : "context-management-2025-06-27");
  const config = body["output_config"];
  if (isObject(config) && config["task_budget"] !== undefined) betas.push("task-budgets-2026-03-13");
  return betas;
}

const listOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
