import { type CheckedCall, hasParts } from "@lumiverse/core";
import type { Names } from "@lumiverse/core/wire";

/** Enters several doors; undefined: all of them stand open. */
export function all(...entered: readonly unknown[]): Promise<unknown> | undefined {
  return entered.some((one) => one instanceof Promise) ? Promise.all(entered) : undefined;
}

/** Is there more to this call than texts and numbers? */
export function isRich({ request, output, messages }: CheckedCall): boolean {
  return request.tools !== undefined || request.parameters !== undefined || output !== undefined || hasParts(messages);
}

/** Where no tool is named. */
export const SAME_NAMES: Names = { wire: (name) => name, neutral: (name) => name, changed: false };
