/** Levels of nesting that a body can have. Schemas of tools are the deepest part of real requests. */
export const DEEPEST_BODY = 200;

/** Whether a value of JSON is nested so deeply that a function which calls itself for each level could overflow the stack. */
export function isTooDeep(value: unknown): boolean {
  let level = [value].filter(isHolder);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST_BODY) return true;
    const next: object[] = [];
    for (const holder of level) for (const inner of Object.values(holder)) if (isHolder(inner)) next.push(inner);
    level = next;
  }
  return false;
}

/** True for an object or a list. */
function isHolder(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
