/** Puts the content of neutral events into the vendor's own messages, for a client of the vendor's protocol. */
import type {
  ChatEvent,
  ChatResponse,
  ContentSlot,
  JsonObject,
  LumiverseError,
  Part,
  SlotContent,
  ToolCallPart,
  Usage,
  VendorFields,
} from "@lumiverse/core";
import { isObject, LongText, tokensOf } from "@lumiverse/core/provider";
import type { AnswerHead, ParsedRequest } from "../protocol.ts";
import { clientsName, type ModelName, type ModelPaths } from "./model-name.ts";
import { type PayloadPlaces, withTag } from "./payload-tags.ts";
import { PublicFields } from "./public-fields.ts";

/** What a protocol knows about the messages of its vendors. */
export interface VendorMessageFields {
  /** Where they name the model. */
  model: ModelPaths;
  /** Those that do not show who the vendor is. */
  isPublic: (name: string) => boolean;
  /** Where they hold what the vendor signed or encrypted. */
  payloads: PayloadPlaces;
}

/** The vendor's own messages, as the client of this answer may see them. */
export function openVendorMessages(parsed: ParsedRequest, head: AnswerHead, fields: VendorMessageFields): VendorMessages {
  const publicFields = head.hidesVendor === true ? new PublicFields(fields.isPublic) : undefined;
  return new VendorMessages(clientsName(parsed, head, fields.model), publicFields, taggerOf(head, fields));
}

/** Marks the payloads of a message. */
export type Tagger = (message: JsonObject) => JsonObject;

/** Undefined where payloads stay as they are: the client named a single target. */
export function taggerOf({ payloadTag }: AnswerHead, { payloads }: VendorMessageFields): Tagger | undefined {
  const tag = payloadTag?.();
  return tag === undefined ? undefined : (message) => withTag(message, payloads, tag);
}

/** A message whose content has not all come. `usages`: usage events before it. */
interface Waiting {
  message: VendorFields;
  usages: number;
  /** It has text, reasoning or arguments. */
  hasContent: boolean;
  hasCounts: boolean;
  /** Worked out once: a message can have a hundred thousand places, and is asked for with each event. */
  needs?: Needs;
}

/** What a message waits for. */
interface Needs {
  /** Characters of each kind of content, and the number of inputs. */
  lengths: ReadonlyMap<SlotContent, number>;
  finish: boolean;
  count: boolean;
}

/** A message of the vendor with the content of the neutral events. */
export interface FilledMessage {
  /** The message. If `json` is set, the content is in `json` only. */
  fields: JsonObject;
  json?: string;
}

/** Content of one kind in the order in which it came. */
class Content {
  /** What no message has taken yet. */
  waiting = "";
  /** What was taken, where later messages repeat it, and the character at which it begins. */
  #taken: LongText | undefined;
  #takenFrom = 0;
  #length = 0;
  #last = "";
  #lastFrom = 0;

  /** From now on, what is taken is kept. */
  keep(): void {
    if (this.#taken !== undefined) return;
    this.#taken = new LongText();
    this.#taken.add(this.#last);
    this.#takenFrom = this.#lastFrom;
  }

  /** Takes the content of a slot. Undefined: not all of it has come. */
  take({ length = 0, skip = 0, from }: ContentSlot, complete: boolean): string | undefined {
    if (from !== undefined) {
      if (from === this.#lastFrom && length === this.#last.length) return this.#last;
      const start = from - this.#takenFrom;
      return from + length <= this.#length || complete ? this.#taken?.toString().slice(start, start + length) : undefined;
    }
    if (this.waiting.length < skip + length && !complete) return undefined;
    const isAll = this.waiting.length <= skip + length;
    const taken = isAll ? this.waiting : this.waiting.slice(0, skip + length);
    this.waiting = isAll ? "" : this.waiting.slice(skip + length);
    this.#last = skip === 0 ? taken : taken.slice(skip);
    this.#lastFrom = this.#length + skip;
    this.#length += taken.length;
    this.#taken?.add(taken);
    return this.#last;
  }
}

export class VendorMessages {
  /** The last event was the vendor's message itself, so the next one belongs to it. */
  justCame = false;
  #waiting: Waiting[] = [];
  #waitingWithContent = 0;
  #waitingWithCounts = 0;
  /** Later messages repeat earlier content. */
  #keeps = false;
  #complete = false;
  #usage: Usage = { completeness: "unknown" };
  /** Usage events so far. */
  #usages = 0;
  /** The vendor's word for the finish reason, once the answer has ended. */
  #finish: { raw: string | undefined } | undefined;
  readonly #contents: Map<SlotContent, Content> = new Map();
  readonly #inputs: unknown[] = [];
  /** Characters of arguments that came in pieces, by the index of their part. */
  readonly #streamed: Map<number, number> = new Map();
  readonly #model: ModelName | undefined;
  readonly #publicFields: PublicFields | undefined;
  readonly #tag: Tagger | undefined;

  /**
   * @param model The name that replaces the vendor's. Absent: the vendor's stays
   * @param publicFields The fields that the client may see. Absent: all
   * @param tag Absent: payloads stay as they are
   */
  constructor(model?: ModelName, publicFields?: PublicFields, tag?: Tagger) {
    this.#model = model;
    this.#publicFields = publicFields;
    this.#tag = tag;
  }

  /** Takes in one event. */
  add(event: ChatEvent): void {
    this.justCame = event.type === "vendor-fields" || (this.justCame && event.type === "note");
    switch (event.type) {
      case "vendor-fields":
        return this.#wait(event);
      case "text":
        this.#content("text").waiting += event.text;
        return;
      case "reasoning":
        this.#content("reasoning").waiting += event.text;
        return;
      case "tool-call-delta":
        this.#content("arguments").waiting += event.text;
        this.#streamed.set(event.index, (this.#streamed.get(event.index) ?? 0) + event.text.length);
        return;
      case "part-start":
        if (event.kind === "tool-call") this.#addCall(event.id, event.name);
        return;
      case "part-end":
        if (event.part.type === "tool-call") this.#endCall(event.index, event.part);
        return this.#addSignature(event.part);
      case "part":
        this.#addSignature(event.part);
        return this.#addMedia(event.part);
      case "usage":
        this.#usage = event.usage;
        this.#usages++;
        return;
      case "finish":
        this.#finish = { raw: event.raw };
        return;
      default:
        return;
    }
  }

  /** Takes in an unstreamed answer. */
  addResponse({ message, usage, rawFinishReason, vendorFields }: ChatResponse): void {
    if (vendorFields !== undefined) this.#wait(vendorFields);
    this.#usage = usage;
    this.#finish = { raw: rawFinishReason };
    const parts: readonly Part[] = typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
    for (const part of parts) {
      this.#addSignature(part);
      if (part.type === "text" || part.type === "reasoning") this.#content(part.type).waiting += part.text;
      else if (part.type === "tool-call") {
        this.#addCall(part.id, part.name);
        this.#content("arguments").waiting += part.arguments;
        this.#inputs.push(part.input);
      } else this.#addMedia(part);
    }
  }

  #wait(message: VendorFields): void {
    if (message.repeats === true && !this.#keeps) {
      this.#keeps = true;
      for (const content of this.#contents.values()) content.keep();
    }
    let hasContent = false;
    let hasCounts = false;
    for (const { holds } of message.slots) {
      if (holds === "text" || holds === "reasoning" || holds === "arguments") hasContent = true;
      else if (holds === "count") hasCounts = true;
    }
    this.#waiting.push({ message, usages: this.#usages, hasContent, hasCounts });
    if (hasContent) this.#waitingWithContent++;
    if (hasCounts) this.#waitingWithCounts++;
  }

  /** Arguments that came at once are in the finished call alone. Where no message has a place for them, the vendor sent none. */
  #endCall(index: number, call: ToolCallPart): void {
    this.#inputs.push(call.input);
    const content = this.#content("arguments");
    const wanted = this.#waiting.reduce((sum, waiting) => sum + (needsOf(waiting).lengths.get("arguments") ?? 0), 0);
    if (wanted > content.waiting.length) content.waiting += call.arguments.slice(this.#streamed.get(index) ?? 0);
    this.#streamed.delete(index);
  }

  #addCall(id: string, name: string): void {
    this.#content("call-id").waiting += id;
    this.#content("call-name").waiting += name;
  }

  /** The signature, or the encrypted reasoning, that the vendor gave with a part. */
  #addSignature(part: Part): void {
    const data = "replay" in part ? part.replay?.data : undefined;
    if (!isObject(data)) return;
    const item = part.type === "reasoning" && isObject(data["item"]) ? data["item"]["encrypted_content"] : undefined;
    const redacted = part.type === "reasoning" ? data["data"] : undefined;
    const signature = data["signature"] ?? data["thoughtSignature"] ?? item ?? redacted;
    if (typeof signature === "string") this.#content("signature").waiting += signature;
  }

  #addMedia(part: Part): void {
    if ((part.type === "image" || part.type === "audio" || part.type === "file") && part.data !== undefined)
      this.#content("media").waiting += part.data;
  }

  #content(kind: SlotContent): Content {
    const known = this.#contents.get(kind);
    if (known !== undefined) return known;
    const content = new Content();
    if (this.#keeps) content.keep();
    this.#contents.set(kind, content);
    return content;
  }

  /** The messages whose content has come, in their order. */
  ready(): FilledMessage[] {
    const ready: FilledMessage[] = [];
    while (this.#waiting.length > 0) {
      const [next] = this.#waiting;
      if (next === undefined || !(this.#complete || this.#hasCome(next))) break;
      this.#waiting.shift();
      if (next.hasContent) this.#waitingWithContent--;
      if (next.hasCounts) this.#waitingWithCounts--;
      ready.push(this.#filled(next));
    }
    return ready;
  }

  /** The messages that are left, with what has come. */
  rest(): FilledMessage[] {
    this.#complete = true;
    return this.ready();
  }

  #filled({ message, usages }: Waiting): FilledMessage {
    const { fields, slots, spelled } = message;
    const [only] = slots;
    const isWhole = this.#publicFields?.areAll(fields) !== false;
    const hasTag = this.#tag !== undefined && (only?.holds === "signature" || this.#tag(fields) !== fields);
    if (isWhole && !hasTag && spelled?.fields === fields && spelled.slots === slots && only !== undefined) {
      const text = this.#model === undefined ? spelled : this.#model.spell(fields, spelled);
      if (text !== undefined) {
        const content = this.#valueOf(only, usages);
        return typeof content === "string" ? { fields, json: text.before + JSON.stringify(content) + text.after } : { fields };
      }
    }
    const names = this.#model?.placesIn(fields) ?? [];
    const copy = new FieldsCopy(fields, slots.length + names.length > 1);
    for (const path of names) copy.set(path, this.#model?.name);
    for (const slot of slots) {
      const value = this.#valueOf(slot, usages);
      if (value !== undefined) copy.set(slot.path, value);
    }
    const shown = this.#publicFields?.of(copy.fields) ?? copy.fields;
    return { fields: this.#tag?.(shown) ?? shown };
  }

  #valueOf(slot: ContentSlot, usages: number): unknown {
    switch (slot.holds) {
      case "input":
        return this.#inputs.shift();
      case "finish":
        // An answer that failed has no finish reason of its own, and one that went on has another.
        return this.#waitingWithContent > 0 ? slot.otherwise : (this.#finish?.raw ?? slot.otherwise);
      case "count": {
        const known = this.#usages > usages || this.#finish !== undefined;
        // Counts before the last ones are a preview.
        const isLast = this.#waitingWithCounts === 0;
        const tokens = known && isLast && slot.count !== undefined ? tokensOf(this.#usage, slot.count) : undefined;
        return tokens ?? slot.otherwise;
      }
      default:
        return this.#content(slot.holds).take(slot, this.#complete);
    }
  }

  #hasCome(waiting: Waiting): boolean {
    const { message, usages, hasContent } = waiting;
    // A later message with content means that the answer goes on.
    const goesOn = this.#waitingWithContent > (hasContent ? 1 : 0);
    const only = message.slots.length === 1 ? message.slots[0] : undefined;
    // Nearly every message is a piece of text and nothing else.
    if (only?.holds === "text" && only.from === undefined)
      return this.#content("text").waiting.length >= (only.length ?? 0) + (only.skip ?? 0);
    const { lengths, finish, count } = needsOf(waiting);
    if (finish && this.#finish === undefined && !goesOn) return false;
    if (count && this.#usages <= usages && this.#finish === undefined && !goesOn) return false;
    for (const [kind, length] of lengths)
      if (length > (kind === "input" ? this.#inputs.length : this.#content(kind).waiting.length)) return false;
    return true;
  }
}

function needsOf(waiting: Waiting): Needs {
  waiting.needs ??= readNeeds(waiting.message);
  return waiting.needs;
}

function readNeeds({ slots }: VendorFields): Needs {
  const lengths = new Map<SlotContent, number>();
  let finish = false;
  let count = false;
  for (const { holds, length = 0, skip = 0, from } of slots) {
    if (from !== undefined) continue;
    if (holds === "finish") finish = true;
    else if (holds === "count") count = true;
    else lengths.set(holds, (lengths.get(holds) ?? 0) + (holds === "input" ? 1 : length + skip));
  }
  return { lengths, finish, count };
}

/** The vendor's body of a failure, with the message of the error. Undefined where the vendor's body is not known. */
export function vendorFailure({ vendorFields, message, provider }: LumiverseError): JsonObject | undefined {
  if (vendorFields === undefined) return undefined;
  const prefix = provider === undefined ? "" : `${provider}: `;
  const own = message.startsWith(prefix) ? message.slice(prefix.length) : message;
  const copy = new FieldsCopy(vendorFields.fields, vendorFields.slots.length > 1);
  for (const { path, length } of vendorFields.slots) copy.set(path, own.slice(0, length));
  return copy.fields;
}

/** A copy of fields with other values, because the fields themselves belong to their event. Each object and list on the way to a value is copied once. */
class FieldsCopy {
  fields: JsonObject;
  /** What was copied, where a second value can meet it. */
  #copied: Set<unknown> | undefined;
  readonly #several: boolean;

  constructor(fields: JsonObject, several: boolean) {
    this.fields = { ...fields };
    this.#several = several;
  }

  set(path: readonly (string | number)[], value: unknown): void {
    let holder = this.fields;
    for (let depth = 0; depth < path.length - 1; depth++) {
      const key = path[depth] ?? "";
      const inner = this.#own(holder[key]);
      if (inner === undefined) return;
      holder[key] = inner;
      holder = inner;
    }
    const last = path.at(-1);
    if (last !== undefined) holder[last] = value;
  }

  /** Undefined for a value that has no fields. */
  #own(value: unknown): JsonObject | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    if (this.#copied?.has(value) === true) return value as JsonObject; // a list is read by key too
    const copy = (Array.isArray(value) ? [...value] : { ...value }) as JsonObject; // as above
    if (this.#several) (this.#copied ??= new Set()).add(copy);
    return copy;
  }
}
