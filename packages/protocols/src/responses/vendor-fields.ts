import { isObject, type JsonObject, type PlaceContent, type VendorFields } from "@lumiverse/core/provider";
import { type FieldRule, Repeated, VendorFieldsReader } from "../shared/vendor-fields.ts";

const TEXT_DELTAS = "response.output_text.delta";
const ARGUMENT_DELTAS = "response.function_call_arguments.delta";
const REASONING_DELTA = /^response\.reasoning(?:_summary)?_text\.delta$/;

/** Separates the events of one answer: deltas state content, later events repeat it whole, and a body states it at once. */
export class ResponsesFields {
  /** Items that an event announced, by id. Their names are repeated later. */
  readonly #announced: Set<unknown> = new Set();
  /** The section of reasoning that came last, by output index. The neutral form puts a blank line between two. */
  readonly #sections: Map<unknown, unknown> = new Map();
  readonly #reader: VendorFieldsReader = new VendorFieldsReader((json) => this.#rule(json), true);

  read(json: JsonObject): VendorFields {
    const type = typeof json["type"] === "string" ? json["type"] : "";
    return this.#reader.read(json, REASONING_DELTA.test(type) && json["delta"] !== "" ? this.#sectionBreak(json) : 0);
  }

  #sectionBreak(json: JsonObject): number {
    const section = json["summary_index"] ?? `content ${String(json["content_index"] ?? 0)}`;
    const before = this.#sections.get(json["output_index"]);
    this.#sections.set(json["output_index"], section);
    return before === undefined || before === section ? 0 : SECTION_BREAK;
  }

  #rule(json: unknown): FieldRule | undefined {
    if (!isObject(json)) return undefined;
    const type = typeof json["type"] === "string" ? json["type"] : "";
    if (type === TEXT_DELTAS) return { delta: "text" };
    if (REASONING_DELTA.test(type)) return { delta: "reasoning" };
    if (type === ARGUMENT_DELTAS) return { delta: "arguments" };
    return {
      text: /^response\.reasoning/.test(type) ? new Repeated("reasoning") : new Repeated("text"),
      arguments: new Repeated("arguments"),
      part: PART,
      item: (item) => this.#item(item, type === "response.output_item.added"),
      response: { output: { "*": (item) => this.#item(item, false) } },
      output: { "*": (item) => this.#item(item, false) },
    };
  }

  #item(item: unknown, announces: boolean): FieldRule | undefined {
    if (!isObject(item)) return undefined;
    switch (item["type"]) {
      case "message":
        return { content: { "*": PART } };
      case "reasoning":
        return { summary: { "*": PART }, content: { "*": PART } };
      case "function_call": {
        const known = this.#announced.has(item["call_id"]);
        if (announces || !known) this.#announced.add(item["call_id"]);
        const once = (content: PlaceContent): FieldRule => (known ? new Repeated(content) : content);
        return { call_id: once("call-id"), name: once("call-name"), arguments: new Repeated("arguments") };
      }
      default:
        return undefined;
    }
  }
}

/** The characters of the blank line. */
const SECTION_BREAK = 2;

const PART: FieldRule = (part) => {
  if (!isObject(part)) return undefined;
  if (part["type"] === "summary_text" || part["type"] === "reasoning_text") return { text: new Repeated("reasoning") };
  return part["type"] === "output_text" || part["type"] === "text" ? { text: new Repeated("text") } : undefined;
};
