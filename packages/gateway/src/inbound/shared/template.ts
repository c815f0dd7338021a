/** The spelling of a request without its values: a body in which every value of the neutral request is a reference to it. */
import type { ChatRequest, JsonObject, Part } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

/** A reference to a value of the neutral request. Undefined leaves the field out. */
export class Reference {
  readonly read: (request: ChatRequest) => unknown;
  constructor(read: (request: ChatRequest) => unknown) {
    this.read = read;
  }
}

export function ref(read: (request: ChatRequest) => unknown): Reference {
  return new Reference(read);
}

/** A field whose value is a reference, unless the client left it out or wrote null. */
export function spelled(holder: JsonObject, key: string, reference: unknown): JsonObject {
  return holder[key] === undefined || holder[key] === null ? {} : { [key]: reference };
}

/** An item of a list that some requests leave out. `mark`: what stands in its place, for what depends on it. Default: nothing. */
export class OptionalItem {
  readonly isSent: (request: ChatRequest) => boolean;
  readonly template: unknown;
  readonly mark: object | undefined;
  constructor(isSent: (request: ChatRequest) => boolean, template: unknown, mark?: object) {
    this.isSent = isSent;
    this.template = template;
    this.mark = mark;
  }
}

/** The template with the values of a request. Bodies are limited in depth, so the recursion is too. */
export function fill(template: unknown, request: ChatRequest): unknown {
  if (template instanceof Reference) return template.read(request);
  if (template instanceof OptionalItem) return template.isSent(request) ? fill(template.template, request) : undefined;
  if (Array.isArray(template)) return filledItems(template, request);
  if (!isObject(template)) return template;
  const filled: JsonObject = {};
  for (const key of Object.keys(template)) {
    // Assigned, it would replace the object's prototype.
    if (key === "__proto__") continue;
    const value = fill(template[key], request);
    if (value !== undefined) filled[key] = value;
  }
  return filled;
}

function filledItems(template: readonly unknown[], request: ChatRequest): unknown[] {
  const items: unknown[] = [];
  for (const item of template)
    if (!(item instanceof OptionalItem) || item.isSent(request)) items.push(fill(item, request));
    else if (item.mark !== undefined) items.push(item.mark);
  return items;
}

/** True for a template that refers to the neutral request. */
export function holdsReference(template: unknown): boolean {
  if (template instanceof Reference) return true;
  return typeof template === "object" && template !== null && Object.values(template).some(holdsReference);
}

/** The content of a message that is one text. */
export function contentAt({ messages }: ChatRequest, message: number): string {
  const content = messages[message]?.content;
  return typeof content === "string" ? content : "";
}

/** A part of a message. Undefined where the request has another shape by now. */
export function partAt({ messages }: ChatRequest, message: number, part: number): Part | undefined {
  const content = messages[message]?.content;
  return typeof content === "string" ? undefined : content?.[part];
}

/** The text of a text or reasoning part. */
export function textAt(request: ChatRequest, message: number, part: number): string {
  const found = partAt(request, message, part);
  return found?.type === "text" || found?.type === "reasoning" ? found.text : "";
}
