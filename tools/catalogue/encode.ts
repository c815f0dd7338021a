/** A model as a row of a catalogue's text; the other half of `catalogueOf` in core, held to it by a round trip in the tests. */
import type { Capability, Fact, Facts } from "../../packages/core/src/facts.ts";
import type { ModelInfo, Price } from "../../packages/core/src/provider.ts";

/** What a catalogue may state of a model. Everything else is the provider's own word, as it holds for its wire and not for one model. */
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

/** `source` is the cell: the source's position, and a note after it. */
export function encodeRow(model: ModelInfo, source: string): string {
  const media = encodeMedia(model.takes ?? {});
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
    encodeTakes(model.takes ?? {}, media !== undefined),
    source,
    model.state ?? "",
    (model.aliases ?? []).join(" "),
  ];
  for (const cell of cells) if (/[|`\\\n]|\$\{/.test(cell)) throw new Error(`${model.id}: a cell can't hold "${cell}"`);
  return trimmed(cells, " | ")
    .replace(/ +\|/g, " |")
    .replace(/\| {2,}/g, "| ");
}

function encodePrice(price: Price): string {
  if (price.input === 0 && price.output === 0) return "free";
  for (const amount of [price.input, price.output, price.cacheRead, price.cacheWrite]) {
    if (amount === 0) throw new Error("a price of 0 beside others is an unknown one: leave it out");
  }
  const base = trimmed([price.input, price.output, price.cacheRead, price.cacheWrite].map(amountText), "/");
  if (price.above === undefined) return base;
  const { inputTokens, input, output, cacheRead } = price.above;
  return `${base} >${inputTokens} ${trimmed([input, output, cacheRead].map(amountText), "/")}`;
}
function amountText(amount: number | undefined): string {
  return amount === undefined ? "" : `${Number(amount.toPrecision(12))}`;
}

/** Undefined when the facts are not the plain list that the cell can say; then they are written out one by one. */
function encodeMedia(takes: Facts): string | undefined {
  const inputs = (["image", "audio", "video", "file"] as const).filter((kind) => takes[`input.${kind}`] === true);
  const outputs = (["image", "audio"] as const).filter((kind) => takes[`output.${kind}`] === true);
  const plain = (["input.image", "input.audio", "input.video", "output.image", "output.audio"] as const).every(
    (kind) => typeof takes[kind] === "boolean",
  );
  const file = takes["input.file"] === (inputs.includes("file") ? true : inputs.includes("image") ? undefined : false);
  if (!plain || !file) return undefined;
  const before = inputs.length === 0 ? "text" : inputs.join(" ");
  return outputs.length === 0 ? before : `${before} > ${outputs.join(" ")}`;
}

function encodeTakes(takes: Facts, mediaSaid: boolean): string {
  for (const key of Object.keys(takes))
    if (!STATED.some((one) => one === key)) throw new Error(`"${key}" is nothing that a catalogue states`);
  const words: string[] = [];
  for (const key of STATED) {
    const fact = takes[key];
    if (fact === undefined || fact === "unknown") continue;
    if (mediaSaid && /^(in|out)put\.(image|audio|video|file)$/.test(key)) continue;
    words.push(encodeFact(key, fact));
  }
  return words.join(" ");
}
function encodeFact(key: string, fact: Exclude<Fact, "unknown">): string {
  if (typeof fact === "boolean") return fact ? key : `-${key}`;
  return typeof fact[0] === "number" ? `${key}=${fact[0]}..${fact[1]}` : `${key}=${fact.join(",")}`;
}

function trimmed(cells: readonly string[], separator: string): string {
  let end = cells.length;
  while (end > 0 && cells[end - 1] === "") end--;
  return cells.slice(0, end).join(separator);
}
