/**
 * A catalogue as text, one model a line: hundreds of models stay a few kilobytes, a changed price is a one-line diff, and no
 * compiler has to type 600 object literals. `tools/catalogue` of this repository writes it, `catalogueOf` reads it.
 */
import type { Capability, Fact } from "./facts.ts";
import type { Catalogue, ModelInfo, Price } from "./provider.ts";

export interface CatalogueText {
  /** Where the rows come from; a row names its source by position, and the first is the default. */
  sources: readonly { source: string; date: string }[];
  /** Of all prices. Default `USD`. */
  currency?: string;
  /** Lines of `id | name | released | limits | price | media | takes | source | state | aliases`; trailing empty cells are left out. */
  rows: string;
}

/** What a model list says of media, in the order in which it is written. */
const INPUTS = ["image", "audio", "video", "file"] as const;
const OUTPUTS = ["image", "audio"] as const;

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
  };
}

function parseRow(line: string, { sources, currency = "USD" }: CatalogueText): ModelInfo {
  const [id = "", name, released, limits, price, media, takes, from = "", state, aliases] = line.split("|").map((cell) => cell.trim());
  const [position = "", ...note] = from.split(" ");
  const origin = sources[Number(position)];
  if (id === "" || origin === undefined) throw new Error(`catalogue: this row names no model or no source: ${line}`);
  const [context, input, output] = (limits ?? "").split("/");
  const facts: { [C in Capability]?: Fact } = {};
  if (media) parseMedia(media, facts);
  if (takes) parseTakes(takes, facts);
  return {
    id,
    ...(name ? { name } : {}),
    ...(context ? { contextTokens: Number(context) } : {}),
    ...(input ? { inputTokens: Number(input) } : {}),
    ...(output ? { maxOutputTokens: Number(output) } : {}),
    ...(price ? { price: parsePrice(price, currency) } : {}),
    ...(media || takes ? { takes: facts } : {}),
    ...(aliases ? { aliases: aliases.split(" ") } : {}),
    ...(state ? { state } : {}),
    ...(released ? { released } : {}),
    source: note.length > 0 ? `${origin.source}: ${note.join(" ")}` : origin.source,
    date: origin.date,
  };
}

/** `input/output/cacheRead/cacheWrite`, then ` >tokens input/output/cacheRead` where long prompts cost more; `free` is the only way to write 0. */
function parsePrice(cell: string, currency: string): Price {
  if (cell === "free") return { input: 0, output: 0, currency };
  const [base = "", above, dearer = ""] = cell.split(" ");
  const [input, output, cacheRead, cacheWrite] = base.split("/");
  const price: Price = { ...amounts(input, output, cacheRead), ...(cacheWrite ? { cacheWrite: Number(cacheWrite) } : {}), currency };
  if (above) {
    const [input, output, cacheRead] = dearer.split("/");
    price.above = { inputTokens: Number(above.slice(1)), ...amounts(input, output, cacheRead) };
  }
  return price;
}
function amounts(input?: string, output?: string, cacheRead?: string): { input?: number; output?: number; cacheRead?: number } {
  return {
    ...(input ? { input: Number(input) } : {}),
    ...(output ? { output: Number(output) } : {}),
    ...(cacheRead ? { cacheRead: Number(cacheRead) } : {}),
  };
}

/**
 * `image file > image`: inputs, then outputs beside text; `text` is neither. What is not named is not taken, but for documents: lists
 * forget them even for models that read them, so only a model without images is said to take none.
 */
function parseMedia(cell: string, facts: { [C in Capability]?: Fact }): void {
  const [inputs = "", outputs = ""] = cell.split(">").map((side) => side.trim().split(" "));
  for (const kind of INPUTS) {
    const named = inputs.includes(kind);
    if (kind !== "file" || named || !inputs.includes("image")) facts[`input.${kind}`] = named;
  }
  for (const kind of OUTPUTS) facts[`output.${kind}`] = outputs.includes(kind);
}

/** `tools`, `-temperature`, `reasoning=low,high`, `reasoning.budget=128..32768`. */
function parseTakes(cell: string, facts: { [C in Capability]?: Fact }): void {
  for (const word of cell.split(" ")) {
    const [key = "", value] = word.replace(/^-/, "").split("=");
    // The writer has checked the key against the vocabulary, and a row is no input from outside.
    facts[key as Capability] = value === undefined ? word[0] !== "-" : parseFact(value);
  }
}
function parseFact(value: string): Fact {
  const [min, max] = value.split("..");
  return max === undefined ? value.split(",") : [Number(min), Number(max)];
}
