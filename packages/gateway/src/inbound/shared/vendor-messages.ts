/** Puts the content of neutral events into the vendor's own messages, for a client of the vendor's protocol. */
import type { ChatEvent, ChatResponse, JsonObject, LumiverseError, Part, Place, PlaceContent, VendorFields } from "@lumiverse/core";
import { LongText } from "@lumiverse/core/provider";

/** Content of one kind in the order in which it came. */
class Content {
  /** What no message has taken yet. */
  waiting = "";
  #taken: LongText = new LongText();
  #length = 0;
  #last = "";
  #lastFrom = 0;

  /** Takes the content of a place. Undefined: not all of it has come. */
  take({ length = 0, skip = 0, from }: Place, complete: boolean): string | undefined {
    if (from !== undefined) {
      if (from === this.#lastFrom && length === this.#last.length) return this.#last;
      return from + length <= this.#length || complete ? this.#taken.toString().slice(from, from + length) : undefined;
    }
    if (this.waiting.length < skip + length && !complete) return undefined;
    const taken = this.waiting.slice(0, skip + length);
    this.waiting = this.waiting.slice(skip + length);
    this.#last = taken.slice(skip);
    this.#lastFrom = this.#length + skip;
    this.#length += taken.length;
    this.#taken.add(taken);
    return this.#last;
  }
}

export class VendorMessages {
  /** The last event was the vendor's message itself, so the next one belongs to it. */
  justCame = false;
  #waiting: VendorFields[] = [];
  #complete = false;
  readonly #contents: Map<PlaceContent, Content> = new Map();
  readonly #inputs: unknown[] = [];

  /** Takes in one event. */
  add(event: ChatEvent): void {
    this.justCame = event.type === "vendor-fields" || (this.justCame && event.type === "note");
    switch (event.type) {
      case "vendor-fields":
        this.#waiting.push(event);
        return;
      case "text":
        this.#content("text").waiting += event.text;
        return;
      case "reasoning":
        this.#content("reasoning").waiting += event.text;
        return;
      case "tool-call-delta":
        this.#content("arguments").waiting += event.text;
        return;
      case "part-start":
        if (event.kind === "tool-call") this.#addCall(event.id, event.name);
        return;
      case "part-end":
        if (event.part.type === "tool-call") this.#inputs.push(event.part.input);
        return;
      case "part":
        return this.#addMedia(event.part);
      default:
        return;
    }
  }

  /** Takes in an unstreamed answer. */
  addResponse({ message, vendorFields }: ChatResponse): void {
    if (vendorFields !== undefined) this.#waiting.push(vendorFields);
    const parts: readonly Part[] = typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
    for (const part of parts) {
      if (part.type === "text" || part.type === "reasoning") this.#content(part.type).waiting += part.text;
      else if (part.type === "tool-call") {
        this.#addCall(part.id, part.name);
        this.#content("arguments").waiting += part.arguments;
        this.#inputs.push(part.input);
      } else this.#addMedia(part);
    }
  }

  #addCall(id: string, name: string): void {
    this.#content("call-id").waiting += id;
    this.#content("call-name").waiting += name;
  }

  #addMedia(part: Part): void {
    if ((part.type === "image" || part.type === "audio" || part.type === "file") && part.data !== undefined)
      this.#content("media").waiting += part.data;
  }

  #content(kind: PlaceContent): Content {
    const content = this.#contents.get(kind) ?? new Content();
    this.#contents.set(kind, content);
    return content;
  }

  /** The messages whose content has come, in their order. */
  ready(): JsonObject[] {
    const ready: JsonObject[] = [];
    while (this.#waiting.length > 0) {
      const next = this.#waiting[0];
      if (next === undefined || !this.#fill(next)) break;
      this.#waiting.shift();
      ready.push(next.fields);
    }
    return ready;
  }

  /** The messages that are left, with what has come. */
  rest(): JsonObject[] {
    this.#complete = true;
    return this.ready();
  }

  #fill({ fields, places }: VendorFields): boolean {
    // Places are filled together, so that none is filled twice.
    if (!this.#complete && !this.#hasCome(places)) return false;
    for (const place of places) {
      const value = place.holds === "input" ? this.#inputs.shift() : this.#content(place.holds).take(place, this.#complete);
      if (value !== undefined) setAt(fields, place.path, value);
    }
    return true;
  }

  #hasCome(places: readonly Place[]): boolean {
    const needed = new Map<PlaceContent, number>();
    for (const { holds, length = 0, skip = 0, from } of places) {
      if (from !== undefined) continue;
      needed.set(holds, (needed.get(holds) ?? 0) + (holds === "input" ? 1 : length + skip));
    }
    for (const [kind, count] of needed)
      if (count > (kind === "input" ? this.#inputs.length : this.#content(kind).waiting.length)) return false;
    return true;
  }
}

/** The vendor's body of a failure, with the message of the error. Undefined where the vendor's body is not known. */
export function vendorFailure({ vendorFields, message, provider }: LumiverseError): JsonObject | undefined {
  if (vendorFields === undefined) return undefined;
  const prefix = provider === undefined ? "" : `${provider}: `;
  const own = message.startsWith(prefix) ? message.slice(prefix.length) : message;
  for (const { path, length } of vendorFields.places) setAt(vendorFields.fields, path, own.slice(0, length));
  return vendorFields.fields;
}

/** Sets a value that the fields have a place for. */
function setAt(fields: JsonObject, path: readonly (string | number)[], value: unknown): void {
  let holder: unknown = fields;
  for (const key of path.slice(0, -1)) holder = (holder as JsonObject)[key]; // the path leads through objects and lists
  const last = path.at(-1);
  if (last !== undefined && typeof holder === "object" && holder !== null) (holder as JsonObject)[last] = value;
}
