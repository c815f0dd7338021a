import type { Provider } from "@lumiverse/core";
import { Command } from "commander";
import { type CapabilitySummary, LISTED_CAPABILITIES, protocolsOf, summarizeCapabilities } from "../connection/capabilities.ts";
import { catalogueDefault } from "../connection/default-model.ts";
import { type Installed, installation, loadEvidence } from "../connection/installed.ts";
import { table } from "../terminal/table.ts";
import type { CommandContext } from "./context.ts";

export function providersCommand({ screen }: CommandContext): Command {
  return new Command("providers")
    .description("list the installed providers and their capabilities")
    .option("--json", "print one JSON array")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse providers
  lumiverse providers --json | jq -r '.[] | select(.capabilities["input.image"].support != "no") | .id'

Third-party packages with the keyword "lumiverse-provider" are found in the node_modules of this folder and its parents.
yes: every model of the catalogue. some: part of the models. *: verified with real answers.`,
    )
    .action(async () => {
      const { installed, failed } = await installation();
      const warnings = failed.map((one) => `${one.package}: ${one.reason}`);
      for (const one of installed)
        await loadEvidence(one).catch((cause) => warnings.push(`${one.package}: its evidence could not be loaded: ${String(cause)}`));
      const rows = await Promise.all(installed.map(describe));
      if (screen.json) await screen.outJson(rows);
      else {
        await screen.outStyled(
          table(["ID", "NAME", "KEY", "PROTOCOL", "MODELS", ...LISTED_CAPABILITIES.map(([, title]) => title)], rows.map(row)),
        );
        screen.line(`${rows.length} providers. some: part of the models. *: verified with real answers. ?: unknown.`, "dim");
      }
      for (const warning of warnings) screen.line(`warning: ${warning}`, "yellow");
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
  protocols: readonly string[];
  models: number;
  catalogueDate?: string;
  defaultModel?: string;
  capabilities: Readonly<Record<string, CapabilitySummary>>;
}

async function describe({ provider, package: name, bundled }: Installed): Promise<Row> {
  const catalogue = await provider.catalogue?.();
  const first = await catalogueDefault(provider);
  return {
    id: provider.id,
    name: provider.name,
    package: name,
    version: provider.version,
    bundled,
    docs: provider.docs,
    key: keyOf(provider),
    protocols: await protocolsOf(provider),
    models: catalogue?.models.length ?? 0,
    capabilities: await summarizeCapabilities(provider),
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
  const { id, name, key, protocols, models, capabilities } = one;
  const cell = ({ support, verified }: CapabilitySummary): string => `${support === "unknown" ? "?" : support}${verified ? " *" : ""}`;
  return [
    id,
    name,
    key.env === undefined ? "none" : key.required ? key.env : `${key.env} (optional)`,
    protocols.join(", "),
    models === 0 ? "live" : String(models),
    ...LISTED_CAPABILITIES.map(([capability]) => {
      const summary = capabilities[capability];
      return summary === undefined ? "?" : cell(summary);
    }),
  ];
}
