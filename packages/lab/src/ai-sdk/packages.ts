/**
 * The AI SDK packages for hosts that this repository also supports: how to make a model of each, and the fixtures to judge it by. They are installed on demand, at the
 * versions of `ai-sdk/package.json`, in a folder outside the workspace, because development does not need them.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Adapter, exchangesFor, type Fixture, modesOf, readFixtures } from "@lumiverse/conformance/internals";
import { runCommand } from "@lumiverse/tools/command";
import { fromAiSdk } from "./adapter.ts";
import type { AiSdkModel } from "./language-model.ts";

/** A package of the AI SDK. */
export interface AiSdkPackage {
  name: string;
  /** The export that makes a provider from fetch, base URL and key. */
  factory: string;
  /** Further settings of the factory. */
  settings?: Readonly<Record<string, unknown>>;
  /** The provider of this repository whose cases are used. */
  fixtures: string;
  base: string;
  /** The path that the package appends to its base URL. Cases with other paths are left out. Default `/chat/completions`. */
  path?: string;
  protocol?: string;
  /** The case to use as `text`, if the host's `text` has another path. */
  text?: string;
  /** Cases to leave out, because the package never requests such an answer, each with the reason. */
  leave?: Readonly<Record<string, string>>;
}

/** The packages that are judged. */
export const packages: readonly AiSdkPackage[] = [
  {
    name: "@ai-sdk/openai-compatible",
    factory: "createOpenAICompatible",
    settings: { name: "chutes", includeUsage: true }, // without `includeUsage` it does not request usage
    fixtures: "chutes", // a host with plain Chat Completions, for which this package is the usual choice
    base: "https://llm.chutes.ai/v1",
  },
  { name: "@ai-sdk/groq", factory: "createGroq", fixtures: "groq", base: "https://api.groq.com/openai/v1" },
  { name: "@ai-sdk/deepseek", factory: "createDeepSeek", fixtures: "deepseek", base: "https://api.deepseek.com" },
  { name: "@ai-sdk/mistral", factory: "createMistral", fixtures: "mistral", base: "https://api.mistral.ai/v1" },
  {
    name: "@ai-sdk/xai",
    factory: "createXai",
    fixtures: "xai",
    base: "https://api.x.ai/v1",
    path: "/responses", // the only protocol since version 5
    protocol: "responses",
    text: "responses-text",
  },
  {
    name: "@ai-sdk/perplexity",
    factory: "createPerplexity",
    fixtures: "perplexity",
    base: "https://api.perplexity.ai",
    leave: { "reasoning-concise": "the package does not send the field that requests this kind of stream" },
  },
  {
    name: "@openrouter/ai-sdk-provider",
    factory: "createOpenRouter",
    fixtures: "openrouter",
    base: "https://openrouter.ai/api/v1",
    leave: {
      "output-audio": "this library streams this unstreamed call, because the host requires it",
      "tool-calls-one-id": "the package generates a random id each time, so two results are never equal",
      "tool-call-without-id": "the package generates a random id each time, so two results are never equal",
    },
  },
];

/** Installs all packages into a folder, unless it has them, and returns their versions. Progress is printed to stderr. */
export async function installed(folder: string): Promise<Map<string, string>> {
  const wanted = fileURLToPath(new URL("../../ai-sdk/package.json", import.meta.url));
  const versions: Readonly<Record<string, string>> = JSON.parse(readFileSync(wanted, "utf8")).dependencies;
  mkdirSync(folder, { recursive: true });
  if (packages.some(({ name }) => versionIn(folder, name) !== versions[name])) {
    process.stderr.write(`Installing ${packages.length} packages in ${folder} …\n`);
    cpSync(wanted, join(folder, "package.json"));
    const args = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"];
    const { ok, output } = await runCommand("npm", args, { cwd: folder });
    if (!ok) throw new Error(`npm install failed: ${output.trim()}`);
  }
  return new Map(packages.map(({ name }) => [name, versionIn(folder, name) ?? "missing"]));
}
function versionIn(folder: string, name: string): string | undefined {
  const path = join(folder, "node_modules", name, "package.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : undefined;
}

/** Makes a subject of the package. */
export async function subjectOf({ name, factory, settings, base, protocol }: AiSdkPackage, folder: string): Promise<Adapter> {
  const entry = createRequire(join(folder, "package.json")).resolve(name);
  const { [factory]: create } = await import(pathToFileURL(entry).href);
  return fromAiSdk({
    id: name,
    claims: { streaming: true, tools: true },
    base,
    ...(protocol === undefined ? {} : { protocol }),
    model(modelId, { fetch, baseURL, apiKey }): AiSdkModel {
      const model: AiSdkModel = create({ ...settings, fetch, baseURL: baseURL ?? base, apiKey })(modelId);
      if (model.specificationVersion !== "v4")
        throw new Error(`${name} makes a model of specification ${model.specificationVersion}, not v4`);
      return model;
    },
  });
}

/** Copies the cases that apply to the package into a new folder. */
export function casesFor(one: AiSdkPackage, providers: string): { folder: string; left: number } {
  return copyCases(join(providers, one.fixtures, "fixtures"), (fixture) => isFor(one, fixture), one.text);
}

/** Copies the cases that apply. `text`: the case to use as `text`, if it is another one. */
export function copyCases(fixtures: string, applies: (fixture: Fixture) => boolean, text?: string): { folder: string; left: number } {
  const folder = mkdtempSync(join(tmpdir(), "lumiverse-cases-"));
  let left = 0;
  for (const fixture of readFixtures(fixtures)) {
    if (!applies(fixture)) left++;
    else cpSync(fixture.dir, join(folder, fixture.name === text ? "text" : fixture.name), { recursive: true });
  }
  return { folder, left };
}

/** A case applies to a package if its path is the one that the package uses. */
function isFor({ base, path = "/chat/completions", leave = {} }: AiSdkPackage, fixture: Fixture): boolean {
  if (leave[fixture.name] !== undefined || !dependsOnAnswersAlone(fixture)) return false;
  return modesOf(fixture).every((mode) => exchangesFor(fixture, mode).every((exchange) => exchange.url === base + path));
}

/**
 * True if the result of a case depends on the answers alone: one exchange per turn. Cases with recoveries, with `prefill` or with settings that change the
 * reading are specific to this library.
 */
export function dependsOnAnswersAlone({ case: one, ...fixture }: Fixture): boolean {
  if (one.operation !== undefined || one.request === undefined || one.request.prefill !== undefined) return false;
  const turns = 1 + (one.turns?.length ?? 0);
  return modesOf({ case: one, ...fixture }).every((mode) => exchangesFor({ case: one, ...fixture }, mode).length === turns);
}
