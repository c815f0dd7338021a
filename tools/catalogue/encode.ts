/** Writes a model as a row of a catalogue. `catalogueOf` in core reads the rows; a round trip in the tests checks both. */
import type { Capabilities, Capability, CapabilityValue, ModelInfo, Price, TokenPrices } from "@lumiverse/core/provider";
import { AMOUNTS } from "./price.ts";

/** The capabilities that a catalogue can state about a model. Providers state all others, because they depend on the protocol and not on the model. */
export const STATED: readonly Capability[] = [
  "input.image",
  "input.audio",
  "input.video",
  "input.file",
  "output.image",
  "output.audio",
  "tools",
  "output.schema",
  "output.json",
  "reasoning",
  "reasoning.off",
  "reasoning.budget",
  "temperature",
  "sources",
];

/** `source` is the text of the source cell: the position of the source, optionally followed by a note. */
export function encodeRow(model: ModelInfo, source: string): string {
  const media = encodeMedia(model.capabilities ?? {});
  const limits = trimmed(
    [model.contextTokens, model.inputTokens, model.maxOutputTokens].map((tokens) => `${tokens ?? ""}`),
    "/",
  );
  const cells = [
    model.id,
    model.name ?? "",
    model.released ?? "",
    limits,
    model.price === undefined ? "" : encodePrice(model.price),
    media ?? "",
    encodeCapabilities(model.capabilities ?? {}, media !== undefined),
    source,
    model.state ?? "",
    (model.aliases ?? []).join(" "),
  ];
  for (const cell of cells) if (/[|`\\\n]|\$\{/.test(cell)) throw new Error(`${model.id}: a cell cannot contain "${cell}"`);
  return trimmed(cells, " | ")
    .replace(/ +\|/g, " |")
    .replace(/\| {2,}/g, "| ");
}

function encodePrice(price: Price): string {
  const isFree = price.input === 0 && price.output === 0;
  const band = price.above;
  return [
    isFree ? "free" : encodeAmounts(price),
    ...(band === undefined ? [] : [`>${band.inputTokens} ${encodeAmounts(band)}`]),
    ...(price.varies === undefined ? [] : [`~${price.varies}`]),
  ].join(" ");
}

function encodeAmounts(prices: TokenPrices): string {
  for (const amount of AMOUNTS) if (prices[amount] === 0) throw new Error("a price of 0 next to other prices is unknown: remove it");
  const text = trimmed(
    AMOUNTS.map((amount) => amountText(prices[amount])),
    "/",
  );
  // The reader splits the cell at spaces, so an empty amount would shift what follows.
  if (text === "") throw new Error("a price without an amount is not a price: remove it");
  return text;
}
function amountText(amount: number | undefined): string {
  return amount === undefined ? "" : `${Number(amount.toPrecision(12))}`;
}

/** Undefined when the media cell cannot express the capabilities. Then `encodeCapabilities` writes each of them. */
function encodeMedia(capabilities: Capabilities): string | undefined {
  const inputs = (["image", "audio", "video", "file"] as const).filter((kind) => capabilities[`input.${kind}`] === true);
  const outputs = (["image", "audio"] as const).filter((kind) => capabilities[`output.${kind}`] === true);
  const complete = (["input.image", "input.audio", "input.video", "output.image", "output.audio"] as const).every(
    (kind) => typeof capabilities[kind] === "boolean",
  );
  const file = capabilities["input.file"] === (inputs.includes("file") ? true : inputs.includes("image") ? undefined : false);
  if (!complete || !file) return undefined;
  const before = inputs.length === 0 ? "text" : inputs.join(" ");
  return outputs.length === 0 ? before : `${before} > ${outputs.join(" ")}`;
}

function encodeCapabilities(capabilities: Capabilities, mediaWritten: boolean): string {
  for (const key of Object.keys(capabilities)) if (!STATED.some((one) => one === key)) throw new Error(`a catalogue cannot state "${key}"`);
  const words: string[] = [];
  for (const key of STATED) {
    const value = capabilities[key];
    if (value === undefined || value === "unknown") continue;
    if (mediaWritten && /^(in|out)put\.(image|audio|video|file)$/.test(key)) continue;
    words.push(encodeValue(key, value));
  }
  return words.join(" ");
}
function encodeValue(key: string, value: Exclude<CapabilityValue, "unknown">): string {
  if (typeof value === "boolean") return value ? key : `-${key}`;
  return typeof value[0] === "number" ? `${key}=${value[0]}..${value[1]}` : `${key}=${value.join(",")}`;
}

function trimmed(cells: readonly string[], separator: string): string {
  let end = cells.length;
  while (end > 0 && cells[end - 1] === "") end--;
  return cells.slice(0, end).join(separator);
}
