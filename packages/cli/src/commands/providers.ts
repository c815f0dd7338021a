import type { Provider } from "@lumiverse/core";
import { Command } from "commander";
import { type Ability, abilitiesOf, SHOWN, wiresOf } from "../capabilities.ts";
import { type Installed, installation } from "../installed.ts";
import { firstKnown } from "../models.ts";
import type { Run } from "../run.ts";
import { table } from "../table.ts";

export function providersCommand({ screen }: Run): Command {
  return new Command("providers")
    .description("list the providers that are installed, and what they can do")
    .option("--json", "a JSON array on stdout")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse providers
  lumiverse providers --json | jq -r '.[] | select(.capabilities["input.image"].support != "no") | .id'

Packages of third parties with the keyword "lumiverse-provider" are found in node_modules of this folder and of those above it.
yes: every model of the catalogue; some: some of them; a star: proved on real answers.`,
    )
    .action(async () => {
      const { installed, failed } = await installation();
      const rows = await Promise.all(installed.map(describe));
      if (screen.json) await screen.out(`${JSON.stringify(rows)}\n`);
      else {
        await screen.out(table(["ID", "NAME", "KEY", "WIRE", "MODELS", ...SHOWN.map(([, title]) => title)], rows.map(row)));
        screen.line(`${rows.length} providers. some: some models. *: proved on real answers. ?: not known.`, "dim");
      }
      for (const one of failed) screen.line(`warning: ${one.package}: ${one.because}`, "yellow");
    });
}

interface Row {
  id: string;
  name: string;
  package: string;
  version: string;
  bundled: boolean;
  docs: string;
  base?: string;
  key: { required: boolean; kind: string; env?: string };
  wires: readonly string[];
  models: number;
  catalogueDate?: string;
  defaultModel?: string;
  capabilities: Readonly<Record<string, Ability>>;
}

async function describe({ provider, package: name, bundled }: Installed): Promise<Row> {
  const catalogue = await provider.catalogue?.();
  const first = await firstKnown(provider);
  return {
    id: provider.id,
    name: provider.name,
    package: name,
    version: provider.version,
    bundled,
    docs: provider.docs,
    key: keyOf(provider),
    wires: await wiresOf(provider),
    models: catalogue?.models.length ?? 0,
    capabilities: await abilitiesOf(provider),
    ...(provider.base === undefined ? {} : { base: provider.base }),
    ...(catalogue === undefined ? {} : { catalogueDate: catalogue.date }),
    ...(first === undefined ? {} : { defaultModel: first.id }),
  };
}

function keyOf({ credential }: Provider): Row["key"] {
  const { kind } = credential;
  return kind === "none" ? { kind, required: false } : { kind, required: credential.required, env: credential.env };
}

function row(one: Row): string[] {
  const { id, name, key, wires, models, capabilities } = one;
  const cell = ({ support, verified }: Ability): string => `${support === "unknown" ? "?" : support}${verified ? " *" : ""}`;
  return [
    id,
    name,
    key.env === undefined ? "none" : key.required ? key.env : `${key.env} (optional)`,
    wires.join(", "),
    models === 0 ? "live" : String(models),
    ...SHOWN.map(([capability]) => {
      const ability = capabilities[capability];
      return ability === undefined ? "?" : cell(ability);
    }),
  ];
}
