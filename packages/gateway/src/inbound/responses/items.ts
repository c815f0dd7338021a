/** The input items of a Responses request: runs of the model's own items become one assistant message. */
import type { AudioPart, ChatRequest, FilePart, ImagePart, JsonObject, Message, Part, TextPart, ToolResultPart } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { breakpointAt, markResult } from "../shared/cache-marks.ts";
import { clientReplay, isOtherDeployments } from "../shared/client-origin.ts";
import { mediaOf, urlOf } from "../shared/data-url.ts";
import { invalid, list, object, requiredObject, requiredText, text } from "../shared/fields.ts";
import { refusalIn } from "../shared/refusal.ts";
import { contentAt, OptionalItem, partAt, type Reference, ref, spelled, textAt } from "../shared/template.ts";

interface Run<P> {
  at: number;
  parts: P[];
}

type Media = ImagePart | AudioPart | FilePart;

export class InputItems {
  readonly messages: Message[];
  readonly #model: string;
  /** The assistant message that is still growing. */
  #assistant: Run<Part> | undefined;
  /** The results that are still growing. */
  #results: Run<ToolResultPart> | undefined;
  /** The index of the first part that is left out of a message, or -1. A message can have very many parts, so it is found once. */
  readonly #firstLeftOut = new WeakMap<readonly Part[], number>();

  constructor(model: string, messages: Message[]) {
    this.#model = model;
    this.messages = messages;
  }

  /** Reads one item and returns its template. */
  add(given: unknown, path: string): unknown {
    const item = requiredObject(given, path);
    const type = text(item["type"], `${path}.type`) ?? typeWithout(item);
    switch (type) {
      case "message":
        return this.#message(item, path);
      case "function_call":
        return this.#call(item, path);
      case "function_call_output":
        return this.#output(item, path);
      case "reasoning":
        return this.#reasoning(item, path);
      case undefined:
        throw invalid(`${path}.type`, `${path} has neither a type nor a role`);
      default:
        return this.#other(item, type);
    }
  }

  #run(): Run<Part> {
    this.#results = undefined;
    if (this.#assistant !== undefined) return this.#assistant;
    const run: Run<Part> = { at: this.messages.length, parts: [] };
    this.messages.push({ role: "assistant", content: run.parts });
    this.#assistant = run;
    return run;
  }

  /** The id of an item, unless the reasoning before it is left out: the vendor refuses an item that it knows without its reasoning. */
  #idAfterReasoning(item: JsonObject, { at, parts: { length: n } }: Run<Part>): JsonObject {
    const read = (request: ChatRequest): unknown => (this.#lacksReasoning(request, at, n) ? undefined : item["id"]);
    return spelled(item, "id", ref(read));
  }

  #lacksReasoning({ messages }: ChatRequest, at: number, n: number): boolean {
    const content = messages[at]?.content;
    if (content === undefined || typeof content === "string") return false;
    const first = this.#firstLeftOut.get(content) ?? content.findIndex(isOtherDeployments);
    this.#firstLeftOut.set(content, first);
    return first >= 0 && first < n;
  }

  #endRuns(): void {
    this.#assistant = undefined;
    this.#results = undefined;
  }

  #message(item: JsonObject, path: string): unknown {
    const role = requiredText(item["role"], `${path}.role`);
    const { content } = item;
    if (role === "assistant") {
      const id = this.#idAfterReasoning(item, this.#run());
      return { ...item, ...id, ...spelled(item, "content", this.#assistantContent(content, `${path}.content`)) };
    }
    // The vendor refuses other roles in its own words.
    if (role !== "user" && role !== "system" && role !== "developer") return this.#other(item, "message");
    this.#endRuns();
    const at = this.messages.length;
    if (!Array.isArray(content)) {
      this.messages.push({ role: role === "user" ? "user" : "system", content: text(content, `${path}.content`) ?? "" });
      return {
        ...item,
        ...spelled(
          item,
          "content",
          ref((request) => contentAt(request, at)),
        ),
      };
    }
    const parts: Part[] = [];
    const template = content.map((given: unknown, i) => {
      const part = requiredObject(given, `${path}.content[${i}]`);
      // Of a system message, the neutral form has texts alone. Other parts stay with the client's spelling.
      if (role !== "user" && typeof part["text"] !== "string") return part;
      return contentPart(part, `${path}.content[${i}]`, parts, (n, read) => ref((request) => readPart(partAt(request, at, n), read)));
    });
    if (role === "user") this.messages.push({ role, content: parts });
    else this.messages.push({ role: "system", content: parts.filter((part) => part.type === "text") });
    return { ...item, content: template };
  }

  #assistantContent(content: unknown, path: string): unknown {
    const { at, parts } = this.#run();
    if (!Array.isArray(content)) {
      const n = parts.length;
      parts.push({ type: "text", text: text(content, path) ?? "" });
      return ref((request) => textAt(request, at, n));
    }
    return content.map((given: unknown, i) => assistantPart(requiredObject(given, `${path}[${i}]`), at, parts));
  }

  #call(item: JsonObject, path: string): unknown {
    const run = this.#run();
    const { at, parts } = run;
    const n = parts.length;
    parts.push({
      type: "tool-call",
      id: requiredText(item["call_id"], `${path}.call_id`),
      name: requiredText(item["name"], `${path}.name`),
      arguments: text(item["arguments"], `${path}.arguments`) ?? "",
    });
    const read = (field: "id" | "name" | "arguments"): Reference =>
      ref((request) => {
        const part = partAt(request, at, n);
        return part?.type === "tool-call" ? part[field] : undefined;
      });
    return {
      ...item,
      ...this.#idAfterReasoning(item, run),
      call_id: read("id"),
      name: read("name"),
      ...(typeof item["arguments"] === "string" ? { arguments: read("arguments") } : {}),
    };
  }

  #output(item: JsonObject, path: string): unknown {
    // The vendor finds the call of a result without an id by itself.
    if (item["call_id"] === undefined || item["call_id"] === null) return this.#other(item, "function_call_output");
    this.#assistant = undefined;
    if (this.#results === undefined) {
      this.#results = { at: this.messages.length, parts: [] };
      this.messages.push({ role: "tool", content: this.#results.parts });
    }
    const { at, parts: results } = this.#results;
    const n = results.length;
    const result: ToolResultPart = { type: "tool-result", id: requiredText(item["call_id"], `${path}.call_id`), content: "" };
    results.push(result);
    const template: JsonObject = { ...item, call_id: ref(({ messages }) => resultAt(messages[at], n)?.id) };
    const { output } = item;
    if (!Array.isArray(output)) {
      result.content = text(output, `${path}.output`) ?? "";
      if (typeof output === "string")
        template["output"] = ref(({ messages }) => {
          const content = resultAt(messages[at], n)?.content;
          return typeof content === "string" ? content : undefined;
        });
      return template;
    }
    const parts: Part[] = [];
    template["output"] = output.map((part: unknown, i) =>
      contentPart(requiredObject(part, `${path}.output[${i}]`), `${path}.output[${i}]`, parts, (inner, read) =>
        ref(({ messages }) => {
          const content = resultAt(messages[at], n)?.content;
          return typeof content === "string" ? undefined : readPart(content?.[inner], read);
        }),
      ),
    );
    result.content = parts as (TextPart | Media)[]; // `contentPart` makes no other kinds
    markResult(result, undefined);
    return template;
  }

  #reasoning(item: JsonObject, path: string): unknown {
    const { at, parts } = this.#run();
    const n = parts.length;
    const texts: string[] = [];
    const template: JsonObject = { ...item };
    for (const field of ["summary", "content"]) {
      const pieces = list(item[field], `${path}.${field}`);
      if (pieces === undefined) continue;
      template[field] = pieces.map((given, i) => {
        const piece = requiredObject(given, `${path}.${field}[${i}]`);
        if (typeof piece["text"] !== "string") return piece;
        const position = texts.length;
        texts.push(piece["text"]);
        // The neutral form joins the summaries to one text. It is split again where it still contains each of them.
        return {
          ...piece,
          text: ref((request) => {
            const whole = textAt(request, at, n);
            return texts.length === 1 ? whole : sectionOf(whole, texts, position);
          }),
        };
      });
    }
    const { encrypted_content: encrypted } = item;
    const position = { response: "client", at: n, ...(n === 0 ? {} : { after: n - 1 }) };
    parts.push({ type: "reasoning", text: texts.join("\n\n"), replay: clientReplay("responses", this.#model, { ...position, item }) });
    if (typeof encrypted === "string")
      template["encrypted_content"] = ref((request) => replayedItem(partAt(request, at, n))?.["encrypted_content"]);
    return new OptionalItem((request) => !isOtherDeployments(partAt(request, at, n)), template);
  }

  /** An item of a tool that the vendor runs, or a reference to a stored one. */
  #other(item: JsonObject, kind: string): unknown {
    const run = this.#run();
    const { at, parts } = run;
    const n = parts.length;
    const position = { response: "client", at: n, ...(n === 0 ? {} : { after: n - 1 }) };
    parts.push({ type: "opaque", kind, replay: clientReplay("responses", this.#model, { ...position, item }) });
    const template = ref((request) => {
      const sent = replayedItem(partAt(request, at, n));
      return sent !== undefined && this.#lacksReasoning(request, at, n) ? { ...sent, id: undefined } : sent;
    });
    return new OptionalItem((request) => !isOtherDeployments(partAt(request, at, n)), template);
  }
}

/** The type of an item that states none: a message has a role, and a reference to a stored item has an id alone. */
function typeWithout(item: JsonObject): string | undefined {
  if (item["role"] !== undefined) return "message";
  return typeof item["id"] === "string" ? "item_reference" : undefined;
}

/** One of several texts that were joined by blank lines. All of the text, if it was changed and can no longer be split. */
function sectionOf(whole: string, texts: readonly string[], position: number): string {
  let start = 0;
  for (let i = 0; i < position; i++) start += (texts[i]?.length ?? 0) + 2;
  const length = texts.reduce((sum, one) => sum + one.length, 2 * (texts.length - 1));
  if (whole.length !== length) return position === 0 ? whole : "";
  return whole.slice(start, start + (texts[position]?.length ?? 0));
}

function replayedItem(part: Part | undefined): JsonObject | undefined {
  const data = part !== undefined && "replay" in part ? part.replay?.data : undefined;
  return isObject(data) && isObject(data["item"]) ? data["item"] : undefined;
}

function resultAt(message: Message | undefined, n: number): ToolResultPart | undefined {
  return message?.role === "tool" ? message.content[n] : undefined;
}

type PartReference = (n: number, read: (part: Part) => unknown) => Reference;

function readPart(part: Part | undefined, read: (part: Part) => unknown): unknown {
  return part === undefined ? undefined : read(part);
}

const readMedia =
  (read: (media: Media) => unknown) =>
  (part: Part): unknown =>
    part.type === "image" || part.type === "audio" || part.type === "file" ? read(part) : undefined;

/** An image, and the field that holds it. Undefined where no field does. */
function imageIn(fields: JsonObject, path: string): { part: ImagePart; key: string } | undefined {
  const url = text(fields["image_url"], `${path}.image_url`);
  const id = text(fields["file_id"], `${path}.file_id`);
  const { detail } = fields;
  const level = detail === "auto" || detail === "low" || detail === "high" ? { detail } : {};
  if (url !== undefined) return { part: { type: "image", ...mediaOf(url), ...level } as ImagePart, key: "image_url" }; // a spread has the type of the union
  return id === undefined ? undefined : { part: { type: "image", url: id, ...level } as ImagePart, key: "file_id" }; // as above
}

/** A file, and the field that holds it. Undefined where no field does. */
function fileIn(fields: JsonObject, path: string): { part: FilePart; key: string } | undefined {
  const filename = text(fields["filename"], `${path}.filename`);
  const named = filename === undefined ? {} : { filename };
  for (const key of ["file_data", "file_url", "file_id"]) {
    const value = text(fields[key], `${path}.${key}`);
    if (value !== undefined) return { part: { type: "file", ...mediaOf(value), ...named } as FilePart, key }; // a spread has the type of the union
  }
  return undefined;
}

/** A text or a refusal. Other kinds stay with the client's spelling. */
function assistantPart(part: JsonObject, at: number, parts: Part[]): JsonObject {
  const n = parts.length;
  const refusal = refusalIn(part);
  if (refusal === undefined && typeof part["text"] !== "string") return part;
  parts.push({ type: "text", text: refusal ?? String(part["text"]), ...breakpointAt(part) });
  return { ...part, [refusal === undefined ? "text" : "refusal"]: ref((request) => textAt(request, at, n)) };
}

/** A part of a message or of a result. A kind that the neutral form lacks stays with the client's spelling. */
function contentPart(fields: JsonObject, path: string, parts: Part[], reference: PartReference): JsonObject {
  const n = parts.length;
  switch (fields["type"]) {
    case "input_image":
    case "input_file": {
      const found = fields["type"] === "input_image" ? imageIn(fields, path) : fileIn(fields, path);
      if (found === undefined) return fields;
      parts.push({ ...found.part, ...breakpointAt(fields) });
      return { ...fields, [found.key]: reference(n, readMedia(urlOf)) };
    }
    case "input_audio": {
      const audio = object(fields["input_audio"], `${path}.input_audio`) ?? {};
      const format = text(audio["format"], `${path}.input_audio.format`) ?? "wav";
      const data = requiredText(audio["data"], `${path}.input_audio.data`);
      parts.push({ type: "audio", data, mediaType: `audio/${format === "mp3" ? "mpeg" : format}`, ...breakpointAt(fields) });
      const readData = readMedia((media) => media.data);
      return { ...fields, input_audio: { ...audio, data: reference(n, readData) } };
    }
    default:
      if (typeof fields["text"] !== "string") return fields;
      parts.push({ type: "text", text: fields["text"], ...breakpointAt(fields) });
      return { ...fields, text: reference(n, (part) => (part.type === "text" ? part.text : undefined)) };
  }
}
