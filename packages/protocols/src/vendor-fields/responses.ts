import { isObject, type JsonObject, type SimilarText, type VendorFields, type VendorFieldsReader } from "@lumiverse/core/provider";
import type { ResponsesDialect } from "../responses/dialect.ts";
import { parseUsage } from "../responses/response/usage.ts";
import { Counts, type FieldRule, FieldSeparator, Repeated } from "./field-rules.ts";

const TEXT_DELTAS = "response.output_text.delta";
const ARGUMENT_DELTAS = "response.function_call_arguments.delta";
const ARGUMENTS_DONE = "response.function_call_arguments.done";
const REASONING_DELTA = /^response\.reasoning(?:_summary)?_text\.delta$/;

/** The fields of events with a delta, except for those that only the vendor has. */
const LOOKS_AT: readonly string[] = [
  "type",
  "delta",
  "output_index",
  "content_index",
  "summary_index",
  "text",
  "arguments",
  "part",
  "item",
  "response",
];

/** How often an item has come: first without its content, then finished, then in the response; or at once in a body. */
type ItemState = "announced" | "finished" | "repeated" | "whole";

/** Separates the events of one answer: deltas state content, later events repeat it whole, and a body states it at once. */
export class ResponsesFields implements VendorFieldsReader {
  /** Items that an event announced, by id. Their names are repeated later. */
  readonly #announced: Set<unknown> = new Set();
  /** The section of reasoning that came last, by output index. The neutral form puts a blank line between two. */
  readonly #sections: Map<unknown, unknown> = new Map();
  readonly #usage: Counts;
  readonly #reader: FieldSeparator = new FieldSeparator({ rule: (json) => this.#rule(json), looksAt: LOOKS_AT, keepsAll: true });

  constructor(dialect: ResponsesDialect) {
    this.#usage = new Counts((json) => parseUsage(json, dialect), COUNTS);
  }

  read(json: JsonObject, similar?: SimilarText): VendorFields {
    const type = typeof json["type"] === "string" ? json["type"] : "";
    return this.#reader.read(json, similar, REASONING_DELTA.test(type) && json["delta"] !== "" ? this.#sectionBreak(json) : 0);
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
    return defined({
      text: /^response\.reasoning/.test(type) ? new Repeated("reasoning") : new Repeated("text"),
      arguments: type === ARGUMENTS_DONE ? new Repeated("arguments") : undefined,
      part: PART,
      item: (item) => this.#item(item, type === "response.output_item.added" ? "announced" : "finished"),
      response: TERMINAL.test(type) ? (response) => this.#response(response, "repeated") : undefined,
      ...(json["object"] === "response" ? this.#response(json, "whole") : {}),
    });
  }

  #response(response: unknown, state: ItemState): { [key: string]: FieldRule } {
    const incomplete =
      isObject(response) && isObject(response["incomplete_details"]) && typeof response["incomplete_details"]["reason"] === "string";
    return {
      output: { "*": (item) => this.#item(item, state) },
      usage: this.#usage,
      ...(incomplete ? { incomplete_details: { reason: "finish" } } : { status: "finish" }),
    };
  }

  #item(item: unknown, state: ItemState): FieldRule | undefined {
    if (!isObject(item)) return undefined;
    switch (item["type"]) {
      case "message":
        return { content: { "*": PART } };
      case "reasoning":
        // The payload of an item that is only announced is not the final one.
        return {
          summary: { 0: PART, "*": LATER_PART },
          content: hasItems(item["summary"]) ? { "*": LATER_PART } : { 0: PART, "*": LATER_PART },
          ...(state === "announced"
            ? {}
            : { encrypted_content: state === "whole" ? "signature" : new Repeated("signature", { always: state === "repeated" }) }),
        };
      case "function_call": {
        const known = this.#announced.has(item["call_id"]);
        if (state === "announced" || !known) this.#announced.add(item["call_id"]);
        const once = (content: "call-id" | "call-name"): FieldRule => (known ? new Repeated(content) : content);
        return { call_id: once("call-id"), name: once("call-name"), arguments: new Repeated("arguments") };
      }
      default:
        return undefined;
    }
  }
}

/** Events with the response as it ended. */
const TERMINAL = /^response\.(?:completed|incomplete|done)$/;

const COUNTS: Counts["fields"] = {
  input_tokens: ["prompt"],
  output_tokens: ["generated"],
  total_tokens: ["total"],
  "input_tokens_details.cached_tokens": ["cache-read"],
  "input_tokens_details.cache_write_tokens": ["cache-write"],
  "output_tokens_details.reasoning_tokens": ["reasoning"],
};

/** The rules that are given. */
function defined(rules: Readonly<Record<string, FieldRule | undefined>>): FieldRule {
  const given: { [key: string]: FieldRule } = {};
  for (const [key, rule] of Object.entries(rules)) if (rule !== undefined) given[key] = rule;
  return given;
}

/** The characters of the blank line. */
const SECTION_BREAK = 2;

const REASONING = new Repeated("reasoning");
/** A section of reasoning after another one. */
const LATER_REASONING = new Repeated("reasoning", { skip: SECTION_BREAK });
const TEXT = new Repeated("text");

const PART: FieldRule = (part) => partRule(part, REASONING);
const LATER_PART: FieldRule = (part) => partRule(part, LATER_REASONING);

function partRule(part: unknown, reasoning: Repeated): FieldRule | undefined {
  if (!isObject(part)) return undefined;
  if (part["type"] === "summary_text" || part["type"] === "reasoning_text") return { text: reasoning };
  return part["type"] === "output_text" || part["type"] === "text" ? { text: TEXT } : undefined;
}

function hasItems(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}
