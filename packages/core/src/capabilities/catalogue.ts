/**
 * A catalogue as text, one model per line. Hundreds of models take a few kilobytes, a changed price is a one-line diff, and no compiler has to check
 * 600 object literals. `tools/catalogue` writes the text; `catalogueOf` reads it.
 */

import { definedFields } from "../chat/json.ts";
import type { Capability, CapabilityValue } from "../contract/capabilities.ts";
import type { Catalogue, DefaultModel, ModelInfo, Price, TokenPrices } from "../contract/models.ts";

export interface CatalogueText {
  /** Where the rows come from. A row names its source by position; the default is the first. */
  sources: readonly { source: string; date: string }[];
  /** Currency of all prices. Default `USD`. */
  currency?: string;
  defaultModel?: DefaultModel;
  /** Lines of `id | name | released | limits | price | media | capabilities | source | state | aliases`; trailing empty cells are left out. */
  rows: string;
}

/** The media that a row can name, in the order in which they are written. */
const INPUTS = ["image", "audio", "video", "file"] as const;

const OUTPUTS = ["image", "audio"] as const;

type MutableCapabilities = { [C in Capability]?: CapabilityValue };

/** Reads a catalogue. @throws Error for a row without an id or source. */
export function catalogueOf(text: CatalogueText): Catalogue {
  const models: ModelInfo[] = [];
  for (const line of text.rows.split("\n")) if (line.trim() !== "") models.push(parseRow(line, text));
  return {
    date:
      text.sources
        .map(({ date }) => date)
        .sort()
        .at(-1) ?? "",
    source: text.sources.map(({ source, date }) => `${source} (${date})`).join("; "),
    models,
    ...definedFields({ defaultModel: text.defaultModel }),
  };
}

function parseRow(line: string, { sources, currency = "USD" }: CatalogueText): ModelInfo {
  const [id = "", name, released, limits, price, media, capabilities, from = "", state, aliases] = line
    .split("|")
    .map((cell) => cell.trim());
  const [position = "", ...note] = from.split(" ");
  const origin = sources[Number(position)];
  if (id === "" || origin === undefined) throw new Error(`catalogue: this row names no model or no source: ${line}`);
  const [context, input, output] = (limits ?? "").split("/");
  const stated: MutableCapabilities = {};
  if (media) parseMedia(media, stated);
  if (capabilities) parseCapabilities(capabilities, stated);
  return {
    id,
    ...(name ? { name } : {}),
    ...(context ? { contextTokens: Number(context) } : {}),
    ...(input ? { inputTokens: Number(input) } : {}),
    ...(output ? { maxOutputTokens: Number(output) } : {}),
    ...(price ? { price: parsePrice(price, currency) } : {}),
    ...(media || capabilities ? { capabilities: stated } : {}),
    ...(aliases ? { aliases: aliases.split(" ") } : {}),
    ...(state ? { state } : {}),
    ...(released ? { released } : {}),
    source: note.length > 0 ? `${origin.source}: ${note.join(" ")}` : origin.source,
    date: origin.date,
  };
}

/** `input/output/cacheRead/cacheWrite/cacheWrite1h`, then ` >tokens` with the same for long prompts, then ` ~reason` where the price varies. `free` is the only way to write 0. */
function parsePrice(cell: string, currency: string): Price {
  const [amounts = "", varies] = cell.split(" ~");
  const [base = "", above, aboveAmounts = ""] = amounts.split(" ");
  return {
    ...(base === "free" ? { input: 0, output: 0 } : parseAmounts(base)),
    currency,
    ...(above === undefined ? {} : { above: { inputTokens: Number(above.slice(1)), ...parseAmounts(aboveAmounts) } }),
    ...definedFields({ varies }),
  };
}

function parseAmounts(text: string): TokenPrices {
  const [input, output, cacheRead, cacheWrite, cacheWrite1h] = text.split("/");
  return {
    ...(input ? { input: Number(input) } : {}),
    ...(output ? { output: Number(output) } : {}),
    ...(cacheRead ? { cacheRead: Number(cacheRead) } : {}),
    ...(cacheWrite ? { cacheWrite: Number(cacheWrite) } : {}),
    ...(cacheWrite1h ? { cacheWrite1h: Number(cacheWrite1h) } : {}),
  };
}

/**
 * `image file > image`: inputs, then outputs, text aside. A medium that is not named is not supported. Documents are the exception, because lists omit
 * them for models that read them: only a model without image input is stated not to read documents.
 */
function parseMedia(cell: string, into: MutableCapabilities): void {
  const [inputs = "", outputs = ""] = cell.split(">").map((side) => side.trim().split(" "));
  for (const kind of INPUTS) {
    const named = inputs.includes(kind);
    if (kind !== "file" || named || !inputs.includes("image")) into[`input.${kind}`] = named;
  }
  for (const kind of OUTPUTS) into[`output.${kind}`] = outputs.includes(kind);
}

/** `tools`, `-temperature`, `reasoning=low,high`, `reasoning.budget=128..32768`. */
function parseCapabilities(cell: string, into: MutableCapabilities): void {
  for (const word of cell.split(" ")) {
    const [key = "", value] = word.replace(/^-/, "").split("=");
    // The writer checks the key against the vocabulary.
    into[key as Capability] = value === undefined ? word[0] !== "-" : parseValue(value);
  }
}

function parseValue(value: string): CapabilityValue {
  const [min, max] = value.split("..");
  return max === undefined ? value.split(",") : [Number(min), Number(max)];
}
