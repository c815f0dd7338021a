import type { CapabilityValue } from "../contract/capabilities.ts";

/** True for a capability that is a range. */
export function isRange(value: CapabilityValue | undefined): value is readonly [min: number, max: number] {
  return Array.isArray(value) && typeof value[0] === "number";
}

/** True for a capability that is a list of words. */
export function isWords(value: CapabilityValue | undefined): value is readonly string[] {
  return Array.isArray(value) && typeof value[0] === "string";
}

export function clamp(value: number, [min, max]: readonly [min: number, max: number]): number {
  return Math.min(Math.max(value, min), max);
}
