/** Builds the neutral request and the template of a client's body field by field. */
import { type ChatRequest, type JsonObject, LumiverseError } from "@lumiverse/core";
import { vendorFields } from "@lumiverse/protocols/vendor-fields";
import type { InboundProtocolId } from "../protocol.ts";
import { createSpelling, parameterReferences, type SpelledField, type SpellingOptions } from "./spelling.ts";
import { ref } from "./template.ts";

const WHOLE_NUMBERS: ReadonlySet<SpelledField> = new Set(["maxOutputTokens", "topK", "seed", "logprobs"]);

/** Whether the neutral form accepts a value that a client sent for a field. Vendors also take fractions, numbers of 64 bits and limits of 0. */
export function isAccepted(field: SpelledField, value: unknown): boolean {
  if (typeof value !== "number" || !WHOLE_NUMBERS.has(field)) return true;
  return Number.isSafeInteger(value) && (field !== "maxOutputTokens" || value >= 1);
}

export class BodyBuilder {
  readonly request: ChatRequest;
  readonly template: JsonObject = {};
  readonly referenced: Set<SpelledField> = new Set();
  readonly #body: JsonObject;
  readonly #read: Set<string> = new Set();
  readonly #untranslatedFields: string[] = [];

  constructor(body: JsonObject, model: string) {
    this.#body = body;
    this.request = { model, messages: [], vendorFields };
  }

  /** Marks a field as read: it is not a raw parameter. */
  take(key: string): unknown {
    this.#read.add(key);
    return this.#body[key];
  }

  /** Reads a field that the template spells as the client did, whatever its neutral value becomes. */
  keep(key: string, template: unknown = this.#body[key]): void {
    this.#read.add(key);
    if (key in this.#body) this.template[key] = template;
  }

  /** Remembers the members of a field that have no neutral name, for a note where the model is called by another protocol. */
  noteUntranslated(key: string, members: JsonObject | undefined, named: readonly string[]): void {
    for (const [name, value] of Object.entries(members ?? {}))
      if (value !== null && !named.includes(name)) this.#untranslatedFields.push(`${key}.${name}`);
  }

  /** Reads a number that the neutral request has too. One that the neutral form does not accept stays a raw parameter. */
  scalar(key: string, field: SpelledField, value: unknown): void {
    if (value === undefined || !isAccepted(field, value)) return;
    if (this.request[field] !== undefined) return;
    this.#read.add(key);
    Object.assign(this.request, { [field]: value });
    this.referenced.add(field);
    this.template[key] = ref((request) => request[field]);
  }

  /** The request with its spelling. Fields of the body that were not read are raw parameters. */
  finish(
    protocol: InboundProtocolId,
    stream: boolean,
    facts: Pick<SpellingOptions, "bodyFields" | "required" | "headers" | "stored" | "storedFiles" | "filesReadBy" | "convert" | "fit">,
  ): ChatRequest {
    const parameters: JsonObject = {};
    for (const key of Object.keys(this.#body)) if (!this.#read.has(key) && key !== "__proto__") parameters[key] = this.#body[key];
    if (Object.keys(parameters).length > 0) this.request.parameters = parameters;
    parameterReferences(this.template, parameters);
    const parsed: ChatRequest = { ...this.request };
    return {
      ...parsed,
      spelling: createSpelling({
        protocol,
        template: this.template,
        parsed,
        stream,
        referenced: this.referenced,
        untranslatedFields: this.#untranslatedFields,
        ...facts,
      }),
    };
  }
}

/** Refuses a request without messages, which no vendor answers. */
export function requireMessages(request: ChatRequest, field: string): void {
  if (request.messages.length > 0) return;
  throw new LumiverseError({ code: "invalid-request", status: 400, field, message: `${field} is empty`, retryable: false });
}
