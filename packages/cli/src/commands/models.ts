import { type Fact, type ModelInfo, supportOf } from "@lumiverse/core";
import { Command } from "commander";
import { type ConnectionOptions, open, withConnectionOptions } from "../connection-options.ts";
import { noteLine } from "../footer.ts";
import { installed } from "../installed.ts";
import type { Run } from "../run.ts";
import { table } from "../table.ts";

export function modelsCommand({ screen }: Run): Command {
  const command = new Command("models")
    .description("list a provider's models: its live list merged over the built-in catalogue")
    .argument("<provider>", "its id, or the name of its package")
    .argument("[filter]", "only ids and names that contain this")
    .option("--json", "a JSON array on stdout, or {error}");
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
      const progress = screen.progress(`asking ${provider.id} for its models`);
      const all = await connection.models({ signal: screen.signal }).finally(() => progress.stop());
      const wanted = filter?.toLowerCase() ?? "";
      const models = all.filter((model) => `${model.id} ${model.name ?? ""}`.toLowerCase().includes(wanted));
      if (screen.json) return screen.out(`${JSON.stringify(models)}\n`);
      for (const note of all.notes) screen.line(noteLine(note), "yellow");
      if (models.length === 0)
        return screen.line(all.length === 0 ? "The list is empty." : `None of ${all.length} models fits "${filter}".`);
      await screen.out(table(["ID", "CONTEXT", "OUTPUT", "PRICE IN/OUT", "TAKES", "STATE", "SOURCE"], models.map(row)));
      screen.line(`${models.length} models. Prices are per million tokens.`, "dim");
    });
}

function row(model: ModelInfo): string[] {
  const { id, contextTokens, inputTokens, maxOutputTokens, price, state, source, date } = model;
  const cost =
    price === undefined ? "" : `${price.input ?? "?"}/${price.output ?? "?"}${price.currency === "USD" ? "" : ` ${price.currency}`}`;
  const from = source === "live" || date === undefined ? source : `${source} ${date}`;
  return [id, count(contextTokens ?? inputTokens), count(maxOutputTokens), cost, takesOf(model), state ?? "", from];
}

const SHOWN = [
  ["input.image", "images"],
  ["input.audio", "audio"],
  ["input.video", "video"],
  ["input.file", "files"],
  ["tools", "tools"],
  ["output.schema", "schema"],
  ["reasoning", "reasoning"],
] as const;
function takesOf({ takes }: ModelInfo): string {
  const says = (fact: Fact | undefined): boolean => supportOf(fact) === "yes";
  return SHOWN.filter(([capability]) => says(takes?.[capability]))
    .map(([, word]) => word)
    .join(" ");
}

/** 131072 is 131k here: the figure is for comparing. */
function count(tokens: number | undefined): string {
  if (tokens === undefined) return "";
  if (tokens >= 1e6) return `${Math.round(tokens / 1e5) / 10}M`;
  return tokens >= 1000 ? `${Math.round(tokens / 1000)}k` : String(tokens);
}
