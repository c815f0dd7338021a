/** The fields of a vendor's messages that do not show who the vendor is: for clients that know an alias alone. */
import type { JsonObject } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

/** Fields inside of a message that hold an answer, or facts about it. */
const INNER: ReadonlySet<string> = new Set(["choices", "delta", "message", "response", "usage"]);
/** Fields in those that show the vendor, or what the vendor charges. */
const PRIVATE: ReadonlySet<string> = new Set([
  "provider",
  "system_fingerprint",
  "native_finish_reason",
  "provider_specific_fields",
  "cost",
  "cost_details",
  "is_byok",
  "iterations",
]);

export class PublicFields {
  readonly #isPublic: (name: string) => boolean;
  /** Messages of one answer share their fields. */
  #last: { fields: JsonObject; areAll: boolean } | undefined;

  /** @param isPublic whether the client may see a field of a message */
  constructor(isPublic: (name: string) => boolean) {
    this.#isPublic = isPublic;
  }

  /** True if the client may see all fields. */
  areAll(fields: JsonObject): boolean {
    if (this.#last?.fields !== fields) this.#last = { fields, areAll: this.of(fields) === fields };
    return this.#last.areAll;
  }

  /** The fields that the client may see; the same object if it may see all. */
  of(fields: JsonObject): JsonObject {
    return filtered(fields, this.#isPublic);
  }
}

function filtered(fields: JsonObject, isPublic: (name: string) => boolean): JsonObject {
  const shown: JsonObject = {};
  let isSame = true;
  for (const [name, value] of Object.entries(fields)) {
    if (isPublic(name)) shown[name] = INNER.has(name) ? withoutPrivate(value) : value;
    isSame &&= shown[name] === value && name in shown;
  }
  return isSame ? fields : shown;
}

function withoutPrivate(value: unknown): unknown {
  if (isObject(value)) return filtered(value, (name) => !PRIVATE.has(name));
  if (!Array.isArray(value)) return value;
  const items = value.map(withoutPrivate);
  return items.every((item, i) => item === value[i]) ? value : items;
}
