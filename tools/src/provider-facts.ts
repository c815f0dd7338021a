// What the tables are made of: each provider's own module, its settings, its catalogue, its fixtures, and the evidence of recordings that were read.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { evidenceOf, type Fixture, readFixtures } from "@lumiverse/conformance";
import {
  type Capability,
  type Catalogue,
  defaultRoute,
  type Evidence,
  type Facts,
  type Provider,
  type SettingField,
  type Support,
  supportOf,
} from "@lumiverse/core";
import { root } from "./workspace.ts";

export interface ProviderFacts {
  id: string;
  provider: Provider;
  settings: readonly SettingField[];
  catalogue: Catalogue | undefined;
  fixtures: readonly Fixture[];
  evidence: Readonly<Record<string, readonly Evidence[]>>;
}

/** `replayed` evidence: names, hashes and dates of third-party recordings; `npm run corpus -- DIR --write-evidence` writes it. */
export const replayedFile = "tools/evidence/replayed.json";
/** Entries of one kind that are kept for one capability. */
const KEPT = 3;

let all: Promise<ProviderFacts[]> | undefined;
export function providerFacts(): Promise<ProviderFacts[]> {
  all ??= readAll();
  return all;
}

async function readAll(): Promise<ProviderFacts[]> {
  const replayed = readReplayed();
  const found: ProviderFacts[] = [];
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
      settings: provider.settings === undefined ? [] : (await provider.settings()).fields,
      catalogue: await provider.catalogue?.(),
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
  // Our own file; its shape is that of `replayedEvidence`.
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

/** What the provider's models do, taken together: `yes` all, `some`, `no` none, `unknown`. */
export type Spread = Support | "some";
export function spreadOf({ provider, catalogue, fixtures }: ProviderFacts, capability: Capability): Spread {
  if (capability === "models" || capability === "account" || capability === "countTokens")
    return provider.operations[capability] === undefined ? "no" : "yes";
  const living = (catalogue?.models ?? []).filter(({ state }) => state !== "retired" && state !== "deprecated");
  const known = living.map((model) => ({ id: model.id, takes: model.takes ?? {} }));
  const models: { id: string; takes: Facts }[] =
    known.length > 0 ? known : [...new Set(fixtures.map((one) => one.case.model))].map((id) => ({ id, takes: {} }));
  const supports = models.map(({ id, takes }) => supportOf(defaultRoute(provider, id).takes[capability] ?? takes[capability]));
  if (supports.length === 0) return "unknown";
  if (supports.every((one) => one === "yes")) return "yes";
  if (supports.some((one) => one === "yes")) return "some";
  return supports.every((one) => one === "no") ? "no" : supports.includes("no") && !supports.includes("unknown") ? "no" : "unknown";
}
