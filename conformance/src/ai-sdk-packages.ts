/**
 * The AI SDK's packages that people use for hosts which are ours too: what makes a model of each, and by whose fixtures it is judged. They are installed on
 * demand, at the versions of `ai-sdk/package.json`, in a folder outside the workspace: nobody who works here needs them.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type AiSdkModel, fromAiSdk } from "./ai-sdk.ts";
import { exchangesFor, type Fixture, modesOf, readFixtures } from "./fixture.ts";
import type { Adapter } from "./subject.ts";

export interface AiSdkPackage {
  name: string;
  /** The export that makes a provider of fetch, base URL and key. */
  factory: string;
  /** What the factory wants beside those. */
  settings?: Readonly<Record<string, unknown>>;
  /** The provider here that has cases of the same host. */
  fixtures: string;
  base: string;
  /** What the package appends to its base URL; cases of other paths are not for it. Default `/chat/completions`. */
  path?: string;
  wire?: string;
  /** The case that is the plain one, where the host's `text` is of another path. */
  text?: string;
  /** Cases whose answer the package never asks for, each with the reason. */
  leave?: Readonly<Record<string, string>>;
}

export const packages: readonly AiSdkPackage[] = [
  {
    name: "@ai-sdk/openai-compatible",
    factory: "createOpenAICompatible",
    settings: { name: "chutes", includeUsage: true }, // without `includeUsage` it asks for no usage at all
    fixtures: "chutes", // a host that speaks Chat Completions and little else, for which this package is what one takes
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
    path: "/responses", // since version 5 it speaks nothing else
    wire: "responses",
    text: "responses-text",
  },
  {
    name: "@ai-sdk/perplexity",
    factory: "createPerplexity",
    fixtures: "perplexity",
    base: "https://api.perplexity.ai",
    leave: { "reasoning-concise": "another kind of stream, by a field that it does not send" },
  },
  {
    name: "@openrouter/ai-sdk-provider",
    factory: "createOpenRouter",
    fixtures: "openrouter",
    base: "https://openrouter.ai/api/v1",
    leave: {
      "output-audio": "an unstreamed call that this library streams, because the host demands it",
      "tool-call-without-id": "the package draws an id of its own each time, so no two readings are the same",
    },
  },
];

/** Installs all packages into a folder, unless they are there; gives their versions. Progress goes to stderr. */
export function installed(folder: string): Map<string, string> {
  const wanted = fileURLToPath(new URL("../ai-sdk/package.json", import.meta.url));
  const versions: Readonly<Record<string, string>> = JSON.parse(readFileSync(wanted, "utf8")).dependencies;
  mkdirSync(folder, { recursive: true });
  if (packages.some(({ name }) => versionIn(folder, name) !== versions[name])) {
    process.stderr.write(`Installing ${packages.length} packages in ${folder} …\n`);
    cpSync(wanted, join(folder, "package.json"));
    const npm = spawnSync("npm", ["install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"], {
      cwd: folder,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32",
    });
    if (npm.status !== 0) throw new Error("npm install failed; its output is above");
  }
  return new Map(packages.map(({ name }) => [name, versionIn(folder, name) ?? "missing"]));
}
function versionIn(folder: string, name: string): string | undefined {
  const path = join(folder, "node_modules", name, "package.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : undefined;
}

/** The package as a subject. */
export async function subjectOf({ name, factory, settings, base, wire }: AiSdkPackage, folder: string): Promise<Adapter> {
  const entry = createRequire(join(folder, "package.json")).resolve(name);
  const { [factory]: create } = await import(pathToFileURL(entry).href);
  return fromAiSdk({
    id: name,
    claims: { streaming: true, tools: true },
    base,
    ...(wire === undefined ? {} : { wire }),
    model(modelId, { fetch, baseURL, apiKey }): AiSdkModel {
      const model: AiSdkModel = create({ ...settings, fetch, baseURL: baseURL ?? base, apiKey })(modelId);
      if (model.specificationVersion !== "v4")
        throw new Error(`${name} makes a model of specification ${model.specificationVersion}, not v4`);
      return model;
    },
  });
}

/** A folder with those cases of a provider's that can be put to the package, the plain one under its name. */
export function casesFor(one: AiSdkPackage, providers: string): { folder: string; left: number } {
  const all = readFixtures(join(providers, one.fixtures, "fixtures"));
  const folder = mkdtempSync(join(tmpdir(), "lumiverse-cases-"));
  let left = 0;
  for (const fixture of all) {
    if (!isFor(one, fixture)) left++;
    else cpSync(fixture.dir, join(folder, fixture.name === one.text ? "text" : fixture.name), { recursive: true });
  }
  return { folder, left };
}

/**
 * A case is put to a package if its answers alone decide: one exchange a turn, on the path that the package speaks. Where a refusal is mended by asking otherwise, or
 * where an answer is put together with what was asked (`prefill`) or read by a setting, the case is about our library and says nothing of another.
 */
function isFor({ base, path = "/chat/completions", leave = {} }: AiSdkPackage, { case: one, ...fixture }: Fixture): boolean {
  if (leave[fixture.name] !== undefined || one.operation !== undefined || one.request === undefined || one.request.prefill !== undefined)
    return false;
  const turns = 1 + (one.turns?.length ?? 0);
  return modesOf({ case: one, ...fixture }).every((mode) => {
    const exchanges = exchangesFor({ case: one, ...fixture }, mode);
    return exchanges.length === turns && exchanges.every((exchange) => exchange.url === base + path);
  });
}
