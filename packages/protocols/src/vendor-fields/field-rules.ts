/** Separates a vendor's message into the fields that only the vendor has, and slots for the content that the neutral events carry. */
import {
  type ContentSlot,
  isObject,
  type JsonObject,
  LongText,
  type SimilarText,
  type SlotContent,
  type TokenCount,
  tokensOf,
  type Usage,
  type VendorFields,
  type VendorFieldsReader,
} from "@lumiverse/core/provider";
import { JsonSample } from "../shared/json-sample.ts";
import { pieceOf } from "../shared/json-values.ts";

/**
 * What a value of a vendor's message is: content of a kind, an object or list with rules of its own (`"*"`: every item), or whatever a function of the
 * value says. Everything without a rule is a field of the vendor.
 */
export type FieldRule =
  | Exclude<SlotContent, "count">
  | Repeated
  | Counts
  | { readonly [key: string]: FieldRule }
  | ((value: unknown) => FieldRule | undefined);

/** Content that may have been stated before: a whole text after its deltas, or a second field with the same text. */
export class Repeated {
  readonly content: Exclude<SlotContent, "count">;
  /** Each message repeats everything from here on. */
  readonly growing: boolean;
  /** Content that was not stated before is a field of the vendor. */
  readonly always: boolean;
  /** Characters that the neutral form inserts before new content. */
  readonly skip: number;
  constructor(content: Exclude<SlotContent, "count">, options: { growing?: boolean; always?: boolean; skip?: number } = {}) {
    this.content = content;
    this.growing = options.growing ?? false;
    this.always = options.always ?? false;
    this.skip = options.skip ?? 0;
  }
}

/** A usage object. A number that follows from the neutral usage is a slot; others, such as the vendor's own counts, are fields of the vendor. */
export class Counts {
  /** The neutral usage that the object stands for. */
  readonly usage: (json: JsonObject) => Usage | undefined;
  /** What each field may count, by its dotted path. */
  readonly fields: Readonly<Record<string, readonly TokenCount[]>>;
  constructor(usage: (json: JsonObject) => Usage | undefined, fields: Readonly<Record<string, readonly TokenCount[]>>) {
    this.usage = usage;
    this.fields = fields;
  }
}

/** What was stated of one kind of content. */
interface Stated {
  length: number;
  last: string;
  lastFrom: number;
  /** Everything, where later messages repeat more than the last piece. */
  text: LongText | undefined;
  /** The character of everything at which `text` begins. */
  textFrom: number;
}

/** Messages that differ from each other in one piece of content, and in fields that no rule looks at. */
interface SimilarMessages {
  /** The paths by which a message is recognised as one of them. */
  paths: SimilarText["paths"];
  fields: JsonSample;
  /** The index of the content in `paths`. */
  index: number;
  path: ContentSlot["path"];
  holds: SlotContent;
}

export interface SeparatorOptions {
  rule: FieldRule;
  /** The fields of a message whose values the rule or its functions look at. */
  looksAt: readonly string[];
  /** A later message can repeat everything that was stated, not only the last piece. */
  keepsAll?: boolean;
}

/** Separates the messages of one answer, in order. */
export class FieldSeparator implements VendorFieldsReader {
  readonly #rule: FieldRule;
  readonly #looksAt: readonly string[];
  readonly #keepsAll: boolean;
  #similar: SimilarMessages | undefined;
  /** Content is repeated after more content has come. */
  #repeats: boolean;
  readonly #stated: Map<SlotContent, Stated> = new Map();
  #slots: ContentSlot[] = [];
  /** The path of the value that is being looked at. */
  readonly #path: (string | number)[] = [];

  constructor({ rule, looksAt, keepsAll = false }: SeparatorOptions) {
    this.#rule = rule;
    this.#looksAt = looksAt;
    this.#keepsAll = keepsAll;
    this.#repeats = keepsAll;
  }

  /** @param skip Characters that the neutral form has before the content of this message */
  read(message: JsonObject, similar?: SimilarText, skip: number = 0): VendorFields {
    const known = similar === undefined || skip > 0 ? undefined : this.readSimilar(similar);
    if (known !== undefined) return known;
    this.#slots = [];
    this.#path.length = 0;
    // A rule for a message is a rule for an object.
    const fields = this.#separate(message, this.#rule, skip) as JsonObject;
    if (similar !== undefined) this.#similar = this.#similarTo(fields, similar);
    return this.#repeats ? { fields, slots: this.#slots, repeats: true } : { fields, slots: this.#slots };
  }

  /** The messages that can be separated in the same way. Undefined if the next one may need another separation. */
  #similarTo(fields: JsonObject, { paths, text }: SimilarText): SimilarMessages | undefined {
    const [slot, ...others] = this.#slots;
    // A text of several lines would need to be cut to be sent as an event.
    if (/[\r\n]/.test(text)) return undefined;
    if (slot?.length === undefined || others.length > 0 || slot.skip !== undefined || slot.from !== undefined) return undefined;
    const { path, holds } = slot;
    const index = paths.findIndex((one) => one.length === path.length && one.every((key, i) => key === path[i]));
    if (index < 0 || paths.some(([field = ""], i) => i !== index && this.#looksAt.includes(String(field)))) return undefined;
    const sample = new JsonSample(
      fields,
      paths.map((one, i) => (i === index ? undefined : one)),
    );
    return { paths, fields: sample, index, path, holds };
  }

  readSimilar({ text, paths, values, starts, ends }: SimilarText): VendorFields | undefined {
    if (this.#similar?.paths !== paths) return undefined;
    const { fields: sample, index, path, holds } = this.#similar;
    const [content, start, end] = [values[index], starts[index], ends[index]];
    if (typeof content !== "string" || content === "" || start === undefined || end === undefined) return undefined;
    this.#state(holds, content, 0);
    const fields = sample.with(values) as JsonObject; // the sample is one
    const slots: readonly ContentSlot[] = [{ path, holds, length: content.length }];
    const spelled = { fields, slots, before: text.slice(0, start - 1), after: text.slice(end + 1) };
    return this.#repeats ? { fields, slots, spelled, repeats: true } : { fields, slots, spelled };
  }

  #separate(value: unknown, rule: FieldRule | undefined, skip: number): unknown {
    if (rule === undefined || value === null || value === undefined) return value;
    if (typeof rule === "function") return this.#separate(value, rule(value), skip);
    if (rule instanceof Counts) return isObject(value) ? this.#counts(value, rule) : value;
    if (rule instanceof Repeated) return typeof value === "string" ? this.#repeat(value, rule) : value;
    if (typeof rule === "string") return this.#slot(value, rule, skip);
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      for (let i = 0; i < value.length; i++) items.push(this.#separateAt(i, value[i], rule[i] ?? rule["*"], skip));
      return items;
    }
    if (!isObject(value)) return value;
    const separated: JsonObject = { ...value };
    for (const key of Object.keys(rule)) if (Object.hasOwn(value, key)) separated[key] = this.#separateAt(key, value[key], rule[key], skip);
    return separated;
  }

  #separateAt(key: string | number, value: unknown, rule: FieldRule | undefined, skip: number): unknown {
    if (rule === undefined) return value;
    this.#path.push(key);
    const separated = this.#separate(value, rule, skip);
    this.#path.pop();
    return separated;
  }

  #counts(value: JsonObject, { usage, fields }: Counts): JsonObject {
    const neutral = usage(value);
    if (neutral === undefined) return value;
    const separated: JsonObject = { ...value };
    for (const field of Object.keys(fields)) {
      const [key = "", inner] = field.split(".");
      const holder = inner === undefined ? separated : separated[key];
      const last = inner ?? key;
      const given = isObject(holder) ? holder[last] : undefined;
      const count = fields[field]?.find((one) => tokensOf(neutral, one) === given);
      if (typeof given !== "number" || count === undefined) continue;
      this.#slots.push({ path: [...this.#path, ...(inner === undefined ? [key] : [key, inner])], holds: "count", count, otherwise: given });
      if (inner === undefined) separated[key] = 0;
      else separated[key] = { ...(isObject(holder) ? holder : {}), [inner]: 0 };
    }
    return separated;
  }

  #slot(value: unknown, holds: SlotContent, skip: number): unknown {
    if (holds === "input") {
      if (!isObject(value)) return value;
      this.#slots.push({ path: [...this.#path], holds });
      return {};
    }
    const text = holds === "text" || holds === "reasoning" ? pieceOf(value) : value;
    if (typeof text !== "string" || text === "") return value;
    if (holds === "finish") {
      this.#slots.push({ path: [...this.#path], holds, otherwise: text });
      return "";
    }
    const path = [...this.#path];
    this.#slots.push(skip === 0 ? { path, holds, length: text.length } : { path, holds, length: text.length, skip });
    this.#state(holds, text, skip);
    return "";
  }

  #state(holds: SlotContent, value: string, skip: number): void {
    const stated = this.#stated.get(holds) ?? {
      length: 0,
      last: "",
      lastFrom: 0,
      text: this.#keepsAll ? new LongText() : undefined,
      textFrom: 0,
    };
    this.#stated.set(holds, stated);
    stated.last = value;
    stated.lastFrom = stated.length + skip;
    stated.length += skip + value.length;
    // The skipped characters are blank lines.
    stated.text?.add("\n".repeat(skip) + value);
  }

  #repeat(value: string, { content, growing, always, skip }: Repeated): unknown {
    const stated = this.#stated.get(content);
    if (value === "" || stated === undefined) return always ? value : this.#slot(value, content, skip);
    if (growing && stated.text === undefined) {
      this.#repeats = true;
      stated.text = new LongText();
      stated.text.add(stated.last);
      stated.textFrom = stated.lastFrom;
    }
    const from = value === stated.last ? stated.lastFrom : stated.textFrom + (stated.text?.toString().lastIndexOf(value) ?? -1);
    if (from < stated.textFrom) return always ? value : this.#slot(value, content, skip);
    this.#slots.push({ path: [...this.#path], holds: content, length: value.length, from });
    return "";
  }
}
