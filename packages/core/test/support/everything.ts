import { inspect } from "node:util";

/** Everything that a log could print of a value, causes and hidden fields included. */
export function everything(value: unknown): string {
  const stacks: string[] = [];
  for (let at = value; at instanceof Error; at = at.cause) stacks.push(at.stack ?? "");
  return [inspect(value, { depth: 20, showHidden: true, maxStringLength: null }), JSON.stringify(value), String(value), ...stacks].join(
    "\n",
  );
}
