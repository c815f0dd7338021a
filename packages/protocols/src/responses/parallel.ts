/**
 * Models have been seen (gpt-5.4) calling a function that nobody declared, `parallel`, whose arguments hold several calls. The calls are what is meant;
 * the vendor wants the one call back, with one output.
 */
import { isObject } from "@lumiverse/core";

export function isWrapper(name: string, declared: ReadonlySet<string>): boolean {
  return (name === "parallel" || name === "multi_tool_use.parallel") && !declared.has(name);
}

/** The calls inside, or undefined where the arguments are something else. */
export function unwrap(text: string): { name: string; arguments: string }[] | undefined {
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
