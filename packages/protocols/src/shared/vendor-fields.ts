/** Separates a vendor's message into the fields that only the vendor has, and places for the content that the neutral events carry. */
import { isObject, type JsonObject, LongText, type Place, type PlaceContent, type VendorFields } from "@lumiverse/core/provider";

/**
 * What a value of a vendor's message is: content of a kind, an object or list with rules of its own (`"*"`: every item), or whatever a function of the
 * value says. Everything without a rule is a field of the vendor.
 */
export type FieldRule = PlaceContent | Repeated | { readonly [key: string]: FieldRule } | ((value: unknown) => FieldRule | undefined);

/** Content that may have been stated before: a whole text after its deltas, or a second field with the same text. */
export class Repeated {
  readonly content: PlaceContent;
  /** Each message repeats everything from here on. */
  readonly growing: boolean;
  constructor(content: PlaceContent, growing: boolean = false) {
    this.content = content;
    this.growing = growing;
  }
}

/** What was stated of one kind of content. */
interface Stated {
  length: number;
  last: string;
  lastFrom: number;
  /** Everything, where later messages repeat more than the last piece. */
  text: LongText | undefined;
  /** The character of everything at which \`text\` begins. */
  textFrom: number;
}

/** Separates the messages of one answer, in order. `keepsAll`: a later message can repeat everything that was stated, not only the last piece. */
export class VendorFieldsReader {
  readonly #rule: FieldRule;
  readonly #keepsAll: boolean;
  readonly #stated: Map<PlaceContent, Stated> = new Map();
  #places: Place[] = [];

  constructor(rule: FieldRule, keepsAll: boolean = false) {
    this.#rule = rule;
    this.#keepsAll = keepsAll;
  }

  /** `skip`: characters that the neutral form has before the content of this message. */
  read(message: JsonObject, skip: number = 0): VendorFields {
    this.#places = [];
    // A rule for a message is a rule for an object.
    const fields = this.#separate(message, this.#rule, [], skip) as JsonObject;
    return { fields, places: this.#places };
  }

  #separate(value: unknown, rule: FieldRule | undefined, path: readonly (string | number)[], skip: number): unknown {
    if (rule === undefined || value === null || value === undefined) return value;
    if (typeof rule === "function") return this.#separate(value, rule(value), path, skip);
    if (rule instanceof Repeated) return typeof value === "string" ? this.#repeat(value, rule, path, skip) : value;
    if (typeof rule === "string") return this.#place(value, rule, path, skip);
    if (Array.isArray(value)) return value.map((item: unknown, i) => this.#separate(item, rule[i] ?? rule["*"], [...path, i], skip));
    if (!isObject(value)) return value;
    const separated: JsonObject = { ...value };
    for (const key of Object.keys(rule))
      if (Object.hasOwn(value, key)) separated[key] = this.#separate(value[key], rule[key], [...path, key], skip);
    return separated;
  }

  #place(value: unknown, holds: PlaceContent, path: readonly (string | number)[], skip: number): unknown {
    if (holds === "input") {
      if (!isObject(value)) return value;
      this.#places.push({ path, holds });
      return {};
    }
    if (typeof value !== "string" || value === "") return value;
    this.#places.push({ path, holds, length: value.length, ...(skip === 0 ? {} : { skip }) });
    this.#state(holds, value, skip);
    return "";
  }

  #state(holds: PlaceContent, value: string, skip: number): void {
    const stated = this.#stated.get(holds) ?? { length: 0, last: "", lastFrom: 0, text: this.#keepsAll ? new LongText() : undefined, textFrom: 0 };
    this.#stated.set(holds, stated);
    stated.last = value;
    stated.lastFrom = stated.length + skip;
    stated.length += skip + value.length;
    // The skipped characters are blank lines.
    stated.text?.add("\n".repeat(skip) + value);
  }

  #repeat(value: string, { content, growing }: Repeated, path: readonly (string | number)[], skip: number): unknown {
    const stated = this.#stated.get(content);
    if (value === "" || stated === undefined) return this.#place(value, content, path, skip);
    if (growing && stated.text === undefined) {
      stated.text = new LongText();
      stated.text.add(stated.last);
      stated.textFrom = stated.lastFrom;
    }
    const from = value === stated.last ? stated.lastFrom : stated.textFrom + (stated.text?.toString().lastIndexOf(value) ?? -1);
    if (from < stated.textFrom) return this.#place(value, content, path, skip);
    this.#places.push({ path, holds: content, length: value.length, from });
    return "";
  }
}
