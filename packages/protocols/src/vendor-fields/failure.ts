import { type ContentSlot, isObject, type VendorFields } from "@lumiverse/core/provider";

/** How deep a message stands in a body that reports a failure. */
const DEEPEST_MESSAGE = 4;

/** The vendor's body of a failure. The message that the error carries is a slot in it. */
export function failureFields(json: unknown, message: string): VendorFields | undefined {
  if (!isObject(json)) return undefined;
  const slots: ContentSlot[] = [];
  const withoutMessage = (value: unknown, path: readonly string[]): unknown => {
    if (typeof value === "string" && value !== "" && message.startsWith(value)) {
      slots.push({ path, holds: "error-message", length: value.length });
      return "";
    }
    if (!isObject(value) || path.length > DEEPEST_MESSAGE) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutMessage(inner, [...path, key])]));
  };
  const fields = withoutMessage(json, []);
  return isObject(fields) ? { fields, slots } : undefined;
}
