import type { ModelInfo } from "@lumiverse/core";
import { supportOf } from "@lumiverse/core/provider";
import { Command } from "commander";
import { noteLine } from "../answer/figures.ts";
import { installed } from "../connection/installed.ts";
import { type ConnectionOptions, open, withConnectionOptions } from "../connection/options.ts";
import { table } from "../terminal/table.ts";
import type { CommandContext } from "./context.ts";

export function modelsCommand({ screen }: CommandContext): Command {
  const command = new Command("models")
    .description("list a provider's models: the live list, completed from the built-in catalogue")
    .argument("<provider>", "the provider's id or the name of its package")
    .argument("[filter]", "show only ids and names that contain this text")
    .option("--json", "print one JSON array, or {error}");
  return withConnectionOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lumiverse models groq
  lumiverse models openrouter claude
  lumiverse models custom --base-url http://localhost:1234/v1
  lumiverse models mistral --json | jq -r '.[].id'`,
    )
    .action(async (id: string, filter: string | undefined, options: ConnectionOptions) => {
      const { provider } = await installed(id);
      const connection = await open(provider, options);
      const progress = screen.progress(`loading the models of ${provider.id}`);
      const list = await connection.models({ signal: screen.signal }).finally(() => progress.stop());
      const text = filter?.toLowerCase() ?? "";
      const models = list.models.filter((model) => `${model.id} ${model.name ?? ""}`.toLowerCase().includes(text));
      for (const note of list.notes) screen.line(noteLine(note), "yellow");
      if (screen.json) return screen.outJson(models);
      if (models.length === 0)
        return screen.line(list.models.length === 0 ? "The list is empty." : `None of ${list.models.length} models matches "${filter}".`);
      await screen.outStyled(table(["ID", "CONTEXT", "OUTPUT", "PRICE IN/OUT", "SUPPORTS", "STATE", "SOURCE"], models.map(row)));
      screen.line(`${models.length} models. Prices are per million tokens.`, "dim");
    });
}

function row(model: ModelInfo): string[] {
  const { id, contextTokens, inputTokens, maxOutputTokens, price, state, source, date } = model;
  const cost =
    price === undefined ? "" : `${price.input ?? "?"}/${price.output ?? "?"}${price.currency === "USD" ? "" : ` ${price.currency}`}`;
  const from = source === "live" || date === undefined ? source : `${source} ${date}`;
  return [id, count(contextTokens ?? inputTokens), count(maxOutputTokens), cost, supportedBy(model), state ?? "", from];
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
