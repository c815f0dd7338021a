/** The header `anthropic-beta`. A value that the host does not know is refused with 400, so a request gets only the values that it needs. */
import { type HttpRequest, isObject, type JsonObject, type Note, wordOf } from "@lumiverse/core/provider";
import { noteOnce } from "../../shared/note-once.ts";
import { type MessagesOptions, type RenderContext, VERSION } from "../host.ts";

/** By the beginning of a hosted tool's type. https://platform.claude.com/docs/en/api/beta-headers */
const BY_TOOL_TYPE: readonly (readonly [type: string, beta: string])[] = [
  ["mcp_toolset", "mcp-client-2025-11-20"],
  ["code_execution_", "code-execution-2025-08-25"],
  ["computer_20251124", "computer-use-2025-11-24"],
  ["computer_20250124", "computer-use-2025-01-24"],
  ["advisor_", "advisor-tool-2026-03-01"],
  ["memory_", "context-management-2025-06-27"],
];
/** By a field of the body, set through `parameters`. */
const BY_FIELD: readonly (readonly [field: string, beta: string])[] = [
  ["mcp_servers", "mcp-client-2025-11-20"],
  ["speed", "fast-mode-2026-02-01"],
  ["diagnostics", "cache-diagnosis-2026-04-07"],
  ["fallbacks", "server-side-fallback-2026-07-01"],
  ["fallback_credit_token", "fallback-credit-2026-07-01"],
];

/** The beta features that a finished body uses. */
export function betasOf(body: JsonObject): string[] {
  const betas: string[] = [];
  for (const { type } of objectsIn(body["tools"]))
    for (const [start, beta] of BY_TOOL_TYPE) if (typeof type === "string" && type.startsWith(start)) betas.push(beta);
  for (const [field, beta] of BY_FIELD) if (body[field] !== undefined) betas.push(beta);
  const management = body["context_management"];
  if (isObject(management))
    for (const edit of objectsIn(management["edits"]))
      betas.push(wordOf(edit["type"]).startsWith("compact_") ? "compact-2026-01-12" : "context-management-2025-06-27");
  const config = body["output_config"];
  if (isObject(config) && config["task_budget"] !== undefined) betas.push("task-budgets-2026-03-13");
  return betas;
}

const objectsIn = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The version header, and the beta header where the request needs one. `betas` are all that it needs or a person listed. */
export function requestHeaders({ call, host, options, betas, notes }: RenderContext): Record<string, string> {
  // Hosts that carry the version in the body take no header for it.
  const headers: Record<string, string> = host.fields?.["anthropic_version"] === undefined ? { "anthropic-version": VERSION } : {};
  const values = host.betas === "listed" ? listedOnly(betas, options, notes) : [...betas];
  if (values.length === 0) return headers;
  if (Object.keys(call.request.headers ?? {}).some((name) => name.toLowerCase() === "anthropic-beta"))
    noteOnce(notes, {
      kind: "warning",
      field: "headers",
      message: `The header anthropic-beta of the call replaces ${values.join(", ")}, which this request needs. Use the setting betas to add values.`,
    });
  headers["anthropic-beta"] = values.join(",");
  return headers;
}

/**
 * For a host that refuses values it does not know: leaves those out that a client sent and nobody listed, together with the fields and tools that need them.
 * A host of this kind ignores or refuses both.
 */
export function removeUnlistedBetas(http: HttpRequest, options: MessagesOptions, notes: Note[]): void {
  const header = Object.keys(http.headers ?? {}).find((name) => name.toLowerCase() === "anthropic-beta");
  if (header === undefined) return;
  const { [header]: value = "", ...headers } = http.headers ?? {};
  const sent = value.split(",").map((beta) => beta.trim());
  const listed = new Set(options.betas);
  const removed = sent.filter((beta) => beta !== "" && !listed.has(beta));
  if (removed.length === 0) return;
  const kept = sent.filter((beta) => listed.has(beta));
  http.headers = kept.length === 0 ? headers : { ...headers, [header]: kept.join(",") };
  const fields = http.body === undefined ? [] : removeFieldsOf(http.body, new Set(removed));
  const also = fields.length === 0 ? "" : `, and ${fields.join(", ")}, which need them`;
  notes.push({
    kind: "dropped",
    field: "anthropic-beta",
    message: `The server is not Anthropic's, so these values of anthropic-beta were left out: ${removed.join(", ")}${also}.`,
  });
}

/** Removes what needs one of the beta features. Returns the names of what was removed. */
function removeFieldsOf(body: JsonObject, betas: ReadonlySet<string>): string[] {
  const removed: string[] = [];
  const needs = (part: JsonObject): boolean => betasOf(part).some((beta) => betas.has(beta));
  for (const field of [...BY_FIELD.map(([name]) => name), "context_management"])
    if (body[field] !== undefined && needs({ [field]: body[field] })) {
      delete body[field];
      removed.push(field);
    }
  const { tools } = body;
  if (!Array.isArray(tools)) return removed;
  const kept = tools.filter((tool: unknown) => !needs({ tools: [tool] }));
  if (kept.length === tools.length) return removed;
  for (const tool of tools) if (!kept.includes(tool) && isObject(tool)) removed.push(`the tool ${wordOf(tool["name"] ?? tool["type"])}`);
  if (kept.length > 0) body["tools"] = kept;
  else {
    delete body["tools"];
    // Without tools, a choice of one is refused.
    delete body["tool_choice"];
  }
  return removed;
}

/** The values that a person listed; the others are noted as dropped. */
function listedOnly(betas: ReadonlySet<string>, options: MessagesOptions, notes: Note[]): string[] {
  const listed = [...new Set(options.betas)];
  const missing = [...betas].filter((beta) => !listed.includes(beta));
  if (missing.length > 0)
    notes.push({
      kind: "dropped",
      field: "settings.betas",
      message: `The host is not Anthropic's own, so anthropic-beta was sent without ${missing.join(", ")}. Add it to the setting betas if the host accepts it.`,
    });
  return listed;
}
