/** Writes the model as the client named it into the messages of a vendor. */
import type { JsonObject } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { AnswerHead, ParsedRequest } from "../protocol.ts";

/** Where the messages of a protocol name the model. */
export type ModelPaths = readonly (readonly string[])[];

/** The JSON text of a message before and after its content. */
export interface SurroundingText {
  readonly before: string;
  readonly after: string;
}

/** A text with one spelling of the field replaced, if it is there once. */
interface Replaced {
  text: string;
  times: 0 | 1 | 2;
  renamed: string;
}

const NOTHING: Replaced = { text: "", times: 0, renamed: "" };

/** Writes the client's name of the model in the place of the vendor's, in one message after another. */
export class ModelName {
  /** As the client named it. */
  readonly name: string;
  readonly #paths: ModelPaths;
  /** The vendor's name, with the field as the vendor wrote it. */
  #known: { value: string; key: string; spelled: string } | undefined;
  // Most messages of an answer begin or end alike.
  #before: Replaced = NOTHING;
  #after: Replaced = NOTHING;

  constructor(name: string, paths: ModelPaths) {
    this.name = name;
    this.#paths = paths;
  }

  /** The places of a message where the vendor names the model. */
  placesIn(fields: JsonObject): ModelPaths {
    return this.#paths.filter((path) => vendorsName(fields, path) !== undefined);
  }

  /** The text with the client's name. Undefined where the text alone does not show which name must be replaced. */
  spell(fields: JsonObject, text: SurroundingText): SurroundingText | undefined {
    let place: readonly string[] | undefined;
    let value = "";
    for (const path of this.#paths) {
      const name = vendorsName(fields, path);
      if (name === undefined) continue;
      if (place !== undefined) return undefined;
      place = path;
      value = name;
    }
    if (place === undefined) return text;
    const key = place.at(-1) ?? "";
    if (this.#known?.value !== value || this.#known.key !== key) {
      this.#known = { value, key, spelled: spellingIn(text, key, value) };
      this.#before = this.#after = NOTHING;
    }
    const { spelled } = this.#known;
    if (this.#before.text !== text.before) this.#before = this.#replace(text.before, spelled, key);
    if (this.#after.text !== text.after) this.#after = this.#replace(text.after, spelled, key);
    return this.#before.times + this.#after.times === 1 ? { before: this.#before.renamed, after: this.#after.renamed } : undefined;
  }

  #replace(text: string, spelled: string, key: string): Replaced {
    const at = text.indexOf(spelled);
    if (at < 0) return { text, times: 0, renamed: text };
    const end = at + spelled.length;
    const renamed = `${text.slice(0, at)}"${key}":${JSON.stringify(this.name)}${text.slice(end)}`;
    return { text, times: text.includes(spelled, end) ? 2 : 1, renamed };
  }
}

/** A field as the host wrote it. Quotation marks inside of a string follow a backslash, so only a field has this text. */
function spellingIn({ before, after }: SurroundingText, key: string, value: string): string {
  const spaced = `"${key}": ${JSON.stringify(value)}`;
  return before.includes(spaced) || after.includes(spaced) ? spaced : `"${key}":${JSON.stringify(value)}`;
}

/** Hosts leave the name empty in messages that belong to no model. */
function vendorsName(fields: JsonObject, path: readonly string[]): string | undefined {
  let value: unknown = fields;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Undefined where the client named the model as its vendor calls it: then the vendor's name for the answer stays, which may have a date. */
export function clientsName({ model }: ParsedRequest, { renamesModel }: AnswerHead, paths: ModelPaths): ModelName | undefined {
  return renamesModel?.() === true ? new ModelName(model, paths) : undefined;
}
