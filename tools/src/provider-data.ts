// The data behind the generated tables: each provider with its settings, catalogue, operations, fixtures and evidence.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { evidenceOf, type Fixture, readFixtures } from "@lumiverse/conformance";
import type { Capabilities, Capability, Catalogue, Evidence, Provider, SettingField, Support } from "@lumiverse/core";
import { defaultRoute, type Operations, supportOf } from "@lumiverse/core/provider";
import { fieldsOf } from "@lumiverse/core/settings";
import { settingsSchemas } from "./generate-settings.ts";
import { root } from "./workspace.ts";

export interface ProviderData {
  id: string;
  provider: Provider;
  settings: readonly SettingField[];
  catalogue: Catalogue | undefined;
  operations: Operations;
  fixtures: readonly Fixture[];
  evidence: Readonly<Record<string, readonly Evidence[]>>;
}

/** Evidence of kind `replayed`: names, hashes and dates of third-party recordings. `npm run corpus -- DIR --write-evidence` writes the file. */
export const replayedFile = "tools/evidence/replayed.json";
/** The number of entries of one kind that are kept per capability. */
const KEPT = 3;

let all: Promise<ProviderData[]> | undefined;
/** Reads every provider of the repository, once. */
export function allProviders(): Promise<ProviderData[]> {
  all ??= readAll();
  return all;
}

async function readAll(): Promise<ProviderData[]> {
  const replayed = readReplayed();
  // Read from the sources, so that one run of `npm run generate` updates the tables, too.
  const schemas = await settingsSchemas();
  const found: ProviderData[] = [];
  for (const id of readdirSync(join(root, "providers")).sort()) {
    const module = join(root, "providers", id, "src", "provider.ts");
    if (!existsSync(module)) continue;
    const provider = Object.values(await import(pathToFileURL(module).href)).find(isProvider);
    if (provider === undefined) throw new Error(`${module} exports no provider`);
    const folder = join(root, "providers", id, "fixtures");
    const fixtures = existsSync(folder) ? readFixtures(folder) : [];
    const own = existsSync(folder) ? evidenceOf(folder) : {};
    found.push({
      id,
      provider,
      settings: fieldsOf(schemas.get(id) ?? {}),
      catalogue: await provider.catalogue?.(),
      operations: await provider.operations(),
      fixtures,
      evidence: joined(own, replayed[id] ?? {}),
    });
  }
  return found;
}
function isProvider(value: unknown): value is Provider {
  return typeof value === "object" && value !== null && "route" in value && "contract" in value;
}
function readReplayed(): Record<string, Record<string, Evidence[]>> {
  const file = join(root, replayedFile);
  // `npm run corpus` writes the file in this shape.
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, Evidence[]>>) : {};
}

const STRENGTH = ["live", "recorded", "replayed", "derived", "documented", "declared"];
function joined(own: Record<string, readonly Evidence[]>, replayed: Record<string, readonly Evidence[]>): Record<string, Evidence[]> {
  const result: Record<string, Evidence[]> = {};
  for (const capability of [...new Set([...Object.keys(own), ...Object.keys(replayed)])].sort()) {
    const kept: Evidence[] = [];
    for (const kind of STRENGTH)
      kept.push(...[...(own[capability] ?? []), ...(replayed[capability] ?? [])].filter((one) => one.kind === kind).slice(0, KEPT));
    result[capability] = kept;
  }
  return result;
}

export function isVerified(evidence: readonly Evidence[] | undefined): boolean {
  return evidence?.some(({ kind }) => kind === "live" || kind === "recorded" || kind === "replayed") ?? false;
}

/** The support across a provider's models: `yes` for all of them, `some` for part of them, `no` for none, or `unknown`. */
export type ModelSupport = Support | "some";
export function modelSupport({ provider, catalogue, operations, fixtures }: ProviderData, capability: Capability): ModelSupport {
  if (capability === "models" || capability === "account" || capability === "countTokens")
    return operations[capability] === undefined ? "no" : "yes";
  const available = (catalogue?.models ?? []).filter(({ state }) => state !== "retired" && state !== "deprecated");
  const known = available.map((model) => ({ id: model.id, capabilities: model.capabilities ?? {} }));
  const models: { id: string; capabilities: Capabilities }[] =
    known.length > 0 ? known : [...new Set(fixtures.map((one) => one.case.model))].map((id) => ({ id, capabilities: {} }));
  const supports = models.map(({ id, capabilities }) =>
    supportOf(defaultRoute(provider, id).capabilities[capability] ?? capabilities[capability]),
  );
  if (supports.length === 0) return "unknown";
  if (supports.every((one) => one === "yes")) return "yes";
  if (supports.some((one) => one === "yes")) return "some";
  return supports.every((one) => one === "no") ? "no" : supports.includes("no") && !supports.includes("unknown") ? "no" : "unknown";
}
