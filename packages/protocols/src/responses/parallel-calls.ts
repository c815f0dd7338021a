/**
 * Models such as gpt-5.4 have called `parallel`, a function that no request declared. Its arguments contain several calls. Callers receive these calls, and
 * the next request sends the one call back to the vendor, with one output.
 */
import { isObject } from "@lumiverse/core/provider";

/** True for a call of the undeclared function that wraps others. */
export function isParallelWrapper(name: string, declared: ReadonlySet<string>): boolean {
  return (name === "parallel" || name === "multi_tool_use.parallel") && !declared.has(name);
}

/** The wrapped calls. Undefined when the arguments are something else. */
export function unwrapCalls(text: string): { name: string; arguments: string }[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const uses = isObject(json) ? json["tool_uses"] : undefined;
  if (!Array.isArray(uses) || uses.length === 0) return undefined;
  const calls: { name: string; arguments: string }[] = [];
  for (const use of uses) {
    if (!isObject(use) || typeof use["recipient_name"] !== "string") return undefined;
    calls.push({ name: use["recipient_name"].replace(/^functions\./, ""), arguments: JSON.stringify(use["parameters"] ?? {}) });
  }
  return calls;
}
