import type { ToolCallPart } from "@lumiverse/core";

/** The arguments of a call as JSON of an object: clients parse them, and vendors send nothing or `null` for a call without any. */
export function argumentsOf({ arguments: written }: Pick<ToolCallPart, "arguments">): string {
  const text = written.trim();
  return text === "" || text === "null" ? "{}" : written;
}
