import { type CheckedCall, type Door, door, type JsonObject } from "@lumiverse/core";
import { isRich } from "../plain.ts";
import type { Dialect } from "./dialect.ts";

/** What a request beyond plain text needs: turns of parts, tools, schemas, the order that a host demands. */
export const rich: Door<typeof import("./rich.ts")> = door(() => import("./rich.ts"));

export function needsRich(call: CheckedCall, dialect: Dialect): boolean {
  return (
    isRich(call) ||
    (dialect.systemPlace ?? "anywhere") !== "anywhere" ||
    (dialect.alternation ?? "free") !== "free" ||
    ((dialect.reasoning?.replay ?? "never") !== "never" && call.messages.some(({ role }) => role === "assistant"))
  );
}

/** A conversation of plain texts; `renderTurns` says the same of it. */
export function renderTexts(call: CheckedCall, dialect: Dialect): JsonObject[] {
  const out: JsonObject[] = call.messages.map(({ role, content }) => ({
    role: role === "system" ? (dialect.systemRole ?? role) : role,
    content,
  }));
  const prefill = prefillTurn(call, dialect);
  if (prefill !== undefined) out.push(prefill);
  return out;
}

export function prefillTurn(call: CheckedCall, dialect: Dialect): JsonObject | undefined {
  const { prefill } = call.request;
  if (prefill === undefined) return undefined;
  const flag = dialect.prefill ?? "last";
  return { role: "assistant", content: prefill, ...(flag === "last" || flag === "continue" ? {} : { [flag]: true }) };
}
