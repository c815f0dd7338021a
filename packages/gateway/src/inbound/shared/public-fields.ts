/** The fields of a vendor's messages that do not tell who the vendor is: for clients that know an alias alone. */
import type { JsonObject } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

export class PublicFields {
  readonly #isPublic: (name: string) => boolean;
  readonly #inner: string | undefined;
  /** Messages of one answer share their fields. */
  #last: { fields: JsonObject; areAll: boolean } | undefined;

  /** @param inner The field that holds a whole answer, whose fields are of the same kind */
  constructor(isPublic: (name: string) => boolean, inner?: string) {
    this.#isPublic = isPublic;
    this.#inner = inner;
  }

  /** True if the client may see all fields. */
  areAll(fields: JsonObject): boolean {
    if (this.#last?.fields !== fields)
      this.#last = { fields, areAll: Object.keys(fields).every(this.#isPublic) && this.#innerAreAll(fields) };
    return this.#last.areAll;
  }

  #innerAreAll(fields: JsonObject): boolean {
    const answer = this.#inner === undefined ? undefined : fields[this.#inner];
    return !isObject(answer) || Object.keys(answer).every(this.#isPublic);
  }

  /** The fields that the client may see. */
  of(fields: JsonObject): JsonObject {
    const shown = this.#filter(fields);
    const answer = this.#inner === undefined ? undefined : shown[this.#inner];
    return this.#inner !== undefined && isObject(answer) ? { ...shown, [this.#inner]: this.#filter(answer) } : shown;
  }

  #filter(fields: JsonObject): JsonObject {
    return Object.fromEntries(Object.entries(fields).filter(([name]) => this.#isPublic(name)));
  }
}
