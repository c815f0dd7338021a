/** The contents of a generateContent request: parts of a turn, calls and results. */
import type { AudioPart, ChatRequest, FilePart, ImagePart, JsonObject, Message, Part, ToolCallPart, ToolResultPart } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { clientReplay, isOtherDeployments } from "../shared/client-origin.ts";
import { invalid, list, object, requiredObject, requiredText, text } from "../shared/fields.ts";
import { OptionalItem, partAt, type Reference, ref, spelled, textAt } from "../shared/template.ts";
import { field, fieldValue } from "./key-names.ts";

type Media = ImagePart | AudioPart | FilePart;

export class Contents {
  readonly messages: Message[] = [];
  readonly #model: string;
  #calls = 0;
  /** Calls without a result so far, in their order. */
  #unanswered: { id: string; name: string }[] = [];

  constructor(model: string) {
    this.#model = model;
  }

  /** The system instruction, as a text, a part or a content. Returns its template. */
  system(given: unknown, path: string): unknown {
    const at = this.messages.length;
    if (typeof given === "string") {
      this.messages.push({ role: "system", content: given });
      return ref(({ messages }) => (typeof messages[at]?.content === "string" ? messages[at].content : undefined));
    }
    const content = requiredObject(given, path);
    const parts: Part[] = [];
    // The neutral form has texts alone here. Other parts stay with the client's spelling.
    const template = this.#parts(content, path, (part, where) =>
      typeof part["text"] === "string" ? this.#userPart(part, where, parts, at) : part,
    );
    this.messages.push({ role: "system", content: parts.filter((part) => part.type === "text") });
    return template;
  }

  /** One turn. Returns its template. */
  add(given: unknown, path: string): unknown {
    if (typeof given === "string") {
      const at = this.messages.length;
      this.messages.push({ role: "user", content: [{ type: "text", text: given }] });
      return ref((request) => textAt(request, at, 0));
    }
    const content = requiredObject(given, path);
    const role = text(content["role"], `${path}.role`) ?? "user";
    if (role === "model") return this.#modelTurn(content, path);
    if (role === "system") return this.system(content, path);
    if (role !== "user" && role !== "function" && role !== "tool")
      throw invalid(`${path}.role`, `${path}.role is "${role.slice(0, 40)}"; it must be user or model`);
    return this.#user(content, path);
  }

  #parts(content: JsonObject, path: string, read: (part: JsonObject, path: string) => unknown): JsonObject {
    const { parts } = content;
    if (parts === undefined || parts === null) return { ...content };
    // A list of one part may come without its list.
    if (isObject(parts)) return { ...content, parts: read(parts, `${path}.parts`) };
    const given = list(parts, `${path}.parts`) ?? [];
    return {
      ...content,
      parts: given.map((part, i) => {
        const where = `${path}.parts[${i}]`;
        if (typeof part !== "string") return read(requiredObject(part, where), where);
        // A text may come without its part.
        const template = read({ text: part }, where);
        return isObject(template) ? template["text"] : template;
      }),
    };
  }

  /** Results come first in the neutral form, wherever they stand in the turn. */
  #user(content: JsonObject, path: string): unknown {
    const results: ToolResultPart[] = [];
    const parts: Part[] = [];
    const given = Array.isArray(content["parts"]) ? content["parts"] : [content["parts"]];
    const hasResults = given.some((part: unknown) => isObject(fieldValue(part, "functionResponse")));
    const resultsAt = this.messages.length;
    const userAt = hasResults ? resultsAt + 1 : resultsAt;
    const template = this.#parts(content, path, (part, where) => {
      const { key, value } = field(part, "functionResponse");
      if (isObject(value)) return { ...part, [key]: this.#result(value, `${where}.${key}`, resultsAt, results) };
      return this.#userPart(part, where, parts, userAt);
    });
    if (hasResults) this.messages.push({ role: "tool", content: results });
    if (parts.length > 0 || !hasResults) this.messages.push({ role: "user", content: parts });
    return template;
  }

  #userPart(part: JsonObject, path: string, parts: Part[], at: number): unknown {
    const n = parts.length;
    if (part["text"] !== undefined && part["text"] !== null) {
      parts.push({ type: "text", text: text(part["text"], `${path}.text`) ?? "" });
      return { ...part, text: ref((request) => textAt(request, at, n)) };
    }
    return mediaPart(part, path, parts, (read) => ref((request) => readMedia(partAt(request, at, n), read))) ?? part;
  }

  #result(fields: JsonObject, path: string, at: number, results: ToolResultPart[]): JsonObject {
    const n = results.length;
    const name = requiredText(fields["name"], `${path}.name`);
    const given = text(fields["id"], `${path}.id`);
    const answered = this.#unanswered.findIndex((call) => (given === undefined ? call.name === name : call.id === given));
    const id = given ?? this.#unanswered[answered]?.id ?? name;
    if (answered >= 0) this.#unanswered.splice(answered, 1);
    const response = object(fields["response"], `${path}.response`) ?? {};
    const written = resultText(response);
    const result: ToolResultPart = { type: "tool-result", id, name, content: written.text, ...(written.isError ? { isError: true } : {}) };
    const template: JsonObject = {
      ...fields,
      name: ref(({ messages }) => resultAt(messages[at], n)?.name),
      ...(given === undefined ? {} : { id: ref(({ messages }) => resultAt(messages[at], n)?.id) }),
      ...spelled(
        fields,
        "response",
        ref(({ messages }) => {
          const content = resultAt(messages[at], n)?.content;
          const whole = typeof content === "string" ? content : content?.[0]?.type === "text" ? content[0].text : undefined;
          return whole === undefined ? undefined : written.spell(whole);
        }),
      ),
    };
    const media = list(fields["parts"], `${path}.parts`);
    if (media !== undefined) {
      const parts: Part[] = [{ type: "text", text: written.text }];
      template["parts"] = media.map((item, i) => {
        const part = requiredObject(item, `${path}.parts[${i}]`);
        const inner = parts.length;
        const reference = (read: (media: Media) => unknown): Reference =>
          ref(({ messages }) => {
            const content = resultAt(messages[at], n)?.content;
            return typeof content === "string" ? undefined : readMedia(content?.[inner], read);
          });
        return mediaPart(part, `${path}.parts[${i}]`, parts, reference) ?? part;
      });
      result.content = parts as Exclude<ToolResultPart["content"], string>; // a text and media
    }
    results.push(result);
    return template;
  }

  #modelTurn(content: JsonObject, path: string): unknown {
    const at = this.messages.length;
    const parts: Part[] = [];
    this.#unanswered = [];
    const pairs = new Pairs();
    const template = this.#parts(content, path, (part, where) => this.#modelPart(part, where, { at, parts, pairs }));
    this.messages.push({ role: "assistant", content: parts });
    const items: unknown[] = [template["parts"]].flat();
    const isLeftOut = (request: ChatRequest): boolean =>
      items.length > 0 && items.every((item) => item instanceof OptionalItem && !item.isSent(request));
    // The vendor refuses a turn without parts.
    return new OptionalItem((request) => !isLeftOut(request), template);
  }

  #modelPart(part: JsonObject, path: string, { at, parts, pairs }: ModelTurn): unknown {
    const n = parts.length;
    const { key: signatureKey, value } = field(part, "thoughtSignature");
    const signature = text(value, `${path}.${signatureKey}`);
    const replay = signature === undefined ? undefined : clientReplay("generate-content", this.#model, { thoughtSignature: signature });
    const signed: JsonObject =
      replay === undefined ? {} : { [signatureKey]: ref((request) => replayField(partAt(request, at, n), "thoughtSignature")) };
    const { key: callKey, value: call } = field(part, "functionCall");
    if (isObject(call)) return { ...part, ...signed, [callKey]: this.#call(call, `${path}.${callKey}`, at, parts, replay) };
    if (part["text"] !== undefined && part["text"] !== null) {
      const written = text(part["text"], `${path}.text`) ?? "";
      const reasoning = clientReplay("generate-content", this.#model, null);
      if (part["thought"] === true) parts.push({ type: "reasoning", text: written, replay: replay ?? reasoning });
      else parts.push({ type: "text", text: written, ...(replay === undefined ? {} : { replay }) });
      const template = { ...part, ...signed, text: ref((request) => textAt(request, at, n)) };
      // Without its signature, nothing of it is left to send.
      return replay !== undefined && (part["thought"] === true || written === "") ? unlessOthers(at, n, template) : template;
    }
    const media = mediaPart(part, path, parts, (read) => ref((request) => readMedia(partAt(request, at, n), read)), replay);
    if (media !== undefined) return { ...media, ...signed };
    const kind = Object.keys(part).find((key) => key !== "thought" && key !== signatureKey) ?? "unknown";
    parts.push({ type: "opaque", kind, replay: clientReplay("generate-content", this.#model, { raw: part }) });
    const template = ref((request) => replayField(partAt(request, at, n), "raw"));
    const pair = pairs.add(kind, part[kind], n);
    return new OptionalItem((request) => !pair.some((one) => isOtherDeployments(partAt(request, at, one))), template);
  }

  #call(call: JsonObject, path: string, at: number, parts: Part[], replay: ToolCallPart["replay"]): JsonObject {
    const n = parts.length;
    const name = requiredText(call["name"], `${path}.name`);
    const given = text(call["id"], `${path}.id`);
    const id = given ?? `call_${this.#calls}`;
    this.#calls++;
    this.#unanswered.push({ id, name });
    const input = object(call["args"], `${path}.args`) ?? {};
    parts.push({ type: "tool-call", id, name, arguments: JSON.stringify(input), input, ...(replay === undefined ? {} : { replay }) });
    const read = (key: "id" | "name" | "input"): Reference =>
      ref((request) => {
        const found = partAt(request, at, n);
        return found?.type === "tool-call" ? found[key] : undefined;
      });
    return {
      ...call,
      name: read("name"),
      ...(given === undefined ? {} : { id: read("id") }),
      ...(isObject(call["args"]) ? { args: read("input") } : {}),
    };
  }
}

/** A turn of the model while its parts are read. */
interface ModelTurn {
  /** Index of the message. */
  at: number;
  parts: Part[];
  pairs: Pairs;
}

/** The calls of tools that the vendor ran, and their results: one without the other means nothing to it. */
class Pairs {
  /** By id, or by kind where there is none. */
  readonly #open = new Map<unknown, number[]>();

  /** The indexes of a part and, once it was read, of the other half. */
  add(kind: string, value: unknown, n: number): readonly number[] {
    const isCode = /^executable_?code$|^code_?execution_?result$/i.test(kind);
    const id = (isObject(value) ? value["id"] : undefined) ?? (isCode ? "code" : undefined);
    const isResult = /(?:result|response)$/i.test(kind);
    const call = isResult ? this.#open.get(id) : undefined;
    if (call === undefined) {
      const pair = [n];
      if (!isResult && id !== undefined) this.#open.set(id, pair);
      return pair;
    }
    this.#open.delete(id);
    call.push(n);
    return call;
  }
}

function resultAt(message: Message | undefined, n: number): ToolResultPart | undefined {
  return message?.role === "tool" ? message.content[n] : undefined;
}

/** Left out where another deployment issued the payload of the part. */
function unlessOthers(at: number, n: number, template: unknown): OptionalItem {
  return new OptionalItem((request) => !isOtherDeployments(partAt(request, at, n)), template);
}

function replayField(part: Part | undefined, name: string): unknown {
  if (isOtherDeployments(part)) return undefined;
  const data = part !== undefined && "replay" in part ? part.replay?.data : undefined;
  return isObject(data) ? data[name] : undefined;
}

function readMedia(part: Part | undefined, read: (media: Media) => unknown): unknown {
  return part?.type === "image" || part?.type === "audio" || part?.type === "file" ? read(part) : undefined;
}

/** Bytes or a file. Undefined for a part that holds neither. */
function mediaPart(
  part: JsonObject,
  path: string,
  parts: Part[],
  reference: (read: (media: Media) => unknown) => Reference,
  replay?: ToolCallPart["replay"],
): JsonObject | undefined {
  const owned = replay === undefined ? {} : { replay };
  const inline = field(part, "inlineData");
  if (isObject(inline.value)) {
    const where = `${path}.${inline.key}`;
    const type = field(inline.value, "mimeType");
    const mediaType = text(type.value, `${where}.${type.key}`) ?? "application/octet-stream";
    const data = requiredText(inline.value["data"], `${where}.data`);
    parts.push({ type: kindOf(mediaType), data, mediaType, ...owned });
    return { ...part, [inline.key]: { ...inline.value, data: reference((media) => media.data) } };
  }
  const file = field(part, "fileData");
  if (!isObject(file.value)) return undefined;
  const where = `${path}.${file.key}`;
  const type = field(file.value, "mimeType");
  const mediaType = text(type.value, `${where}.${type.key}`);
  const uri = field(file.value, "fileUri");
  const url = requiredText(uri.value, `${where}.${uri.key}`);
  parts.push({ type: kindOf(mediaType ?? ""), url, ...(mediaType === undefined ? {} : { mediaType }), ...owned });
  return { ...part, [file.key]: { ...file.value, [uri.key]: reference((media) => media.url) } };
}

function kindOf(mediaType: string): Media["type"] {
  return mediaType.startsWith("image/") ? "image" : mediaType.startsWith("audio/") ? "audio" : "file";
}

interface ResultText {
  text: string;
  isError: boolean;
  /** The response object with another text. */
  spell(text: string): unknown;
}

/** A result in words: the one text of the object, or its JSON. */
function resultText(response: JsonObject): ResultText {
  const [key, ...others] = Object.keys(response);
  const only = key === undefined ? undefined : response[key];
  if (others.length === 0 && typeof only === "string" && (key === "output" || key === "result" || key === "error"))
    return { text: only, isError: key === "error", spell: (now) => ({ [key]: now }) };
  return {
    text: JSON.stringify(response),
    isError: false,
    spell(now) {
      try {
        return JSON.parse(now);
      } catch {
        return { output: now };
      }
    },
  };
}
