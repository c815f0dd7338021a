import { type ConnectionSource, listModels, type ModelListing, memoryCache, searchModels, storeCache } from "@lumiverse/connections";
import type { Capability, ModelInfo } from "@lumiverse/core";
import { supportOf } from "@lumiverse/core/provider";
import { Command, Option } from "commander";
import { type ConnectionOptions, withConnectionOptions } from "../connection/options.ts";
import { withTarget } from "../connection/target.ts";
import { type ExitCode, exitCodeOf } from "../terminal/exit-code.ts";
import type { Screen } from "../terminal/screen.ts";
import { table } from "../terminal/table.ts";
import type { CommandContext } from "./context.ts";

interface Options extends ConnectionOptions {
  capability?: Capability;
  sort?: "match" | "price" | "context";
  refresh?: boolean;
}

export function modelsCommand({ screen, setExitCode }: CommandContext): Command {
  const command = new Command("models")
    .description(
      "list models with their limits and prices: the vendor's live list, or the built-in one; works without a key where the vendor's list is public",
    )
    .argument("[connection]", "a connection's name or a provider's id (default: the default connection)")
    .argument("[filter...]", "show only ids and names that contain these words")
    .addOption(new Option("--capability <name>", "show only models that may have it").choices(LISTED_CAPABILITIES.map(([name]) => name)))
    .addOption(new Option("--sort <by>", "by how well the filter matches, by price, or by context").choices(["match", "price", "context"]))
    .option("--refresh", "ask the vendor even where the saved list is new")
    .option("--json", "print one JSON array, or {error}");
  return withConnectionOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lumiverse models groq
  lumiverse models openrouter claude
  lumiverse models Router --capability input.image --sort price
  lumiverse models custom --base-url http://localhost:1234/v1
  lumiverse models mistral --json | jq -r '.[].id'`,
    )
    .action((name: string | undefined, words: string[], options: Options) =>
      withTarget(name, options, screen, async (target) => {
        const source = await target.source();
        const progress = screen.progress(`loading the models of ${target.name}`);
        const listing = await listModels(source, {
          cache: target.saved === undefined ? memoryCache() : storeCache(target.saved.profiles.store),
          refresh: options.refresh === true,
          signal: screen.signal,
        }).finally(() => progress.stop());
        const exit = exitCodeFor(listing, source);
        if (exit !== undefined) setExitCode(exit);
        await show(listing, words.join(" "), options, screen);
      }),
    );
}

/** A failure of the vendor's list is one of this command if there is no built-in list, or if the vendor refuses the key that was sent. */
function exitCodeFor({ failure, source }: ModelListing, { key, auth }: ConnectionSource): ExitCode | undefined {
  if (failure === undefined) return undefined;
  const isKeyRefused =
    (key !== undefined || auth === "environment") && (failure.code === "authentication" || failure.code === "permission");
  return source === "none" || isKeyRefused ? exitCodeOf(failure.code) : undefined;
}

async function show(listing: ModelListing, text: string, { capability, sort }: Options, screen: Screen): Promise<void> {
  const { failure, source, notes } = listing;
  const models = searchModels(listing.models, {
    text,
    ...(capability === undefined ? {} : { capability }),
    ...(sort === undefined ? {} : { sort }),
  });
  if (screen.json) return screen.outJson(failure !== undefined && source === "none" ? { error: failure } : models);
  for (const note of notes) screen.line(`note: ${note}`, "yellow");
  if (failure?.hint !== undefined) screen.line(`hint: ${failure.hint}`);
  if (models.length === 0)
    return screen.line(listing.models.length === 0 ? "The list is empty." : `None of ${listing.models.length} models matches.`);
  await screen.outStyled(table(["ID", "CONTEXT", "OUTPUT", "PRICE IN/OUT", "SUPPORTS", "STATE", "SOURCE"], models.map(row)));
  screen.line(
    `${models.length} ${models.length === 1 ? "model" : "models"}, ${listedText(listing)}. Prices are per million tokens.`,
    "dim",
  );
}

function listedText({ source, ageMs }: ModelListing): string {
  if (source !== "live") return "the built-in list";
  return ageMs < 10_000 ? "read just now" : `read ${Math.round(ageMs / 1000)} s ago`;
}

function row(model: ModelInfo): string[] {
  const { id, contextTokens, inputTokens, maxOutputTokens, price, state, source, date } = model;
  const from = [dated(source, date), ...(price?.source === undefined ? [] : [`price of ${dated(price.source, price.date)}`])].join(", ");
  return [id, count(contextTokens ?? inputTokens), count(maxOutputTokens), priceText(price), supportedBy(model), state ?? "", from];
}

function priceText(price: ModelInfo["price"]): string {
  if (price === undefined) return "unknown";
  const currency = price.currency === "USD" ? "" : ` ${price.currency}`;
  return `${price.input ?? "?"}/${price.output ?? "?"}${currency}${price.varies === undefined ? "" : ", varies"}`;
}

function dated(source: string, date: string | undefined): string {
  return date === undefined ? source : `${source} ${date}`;
}

const LISTED_CAPABILITIES = [
  ["input.image", "images"],
  ["input.audio", "audio"],
  ["input.video", "video"],
  ["input.file", "files"],
  ["tools", "tools"],
  ["output.schema", "schema"],
  ["reasoning", "reasoning"],
] as const;

function supportedBy({ capabilities }: ModelInfo): string {
  return LISTED_CAPABILITIES.filter(([capability]) => supportOf(capabilities?.[capability]) === "yes")
    .map(([, word]) => word)
    .join(" ");
}

/** Rounded, such as `131k` for 131072. */
function count(tokens: number | undefined): string {
  if (tokens === undefined) return "";
  if (tokens >= 1e6) return `${Math.round(tokens / 1e5) / 10}M`;
  return tokens >= 1000 ? `${Math.round(tokens / 1000)}k` : String(tokens);
}
