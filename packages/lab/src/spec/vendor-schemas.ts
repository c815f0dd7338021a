/** The types of vendor-types.ts as JSON Schema. They are written to a cache folder, never to the repository: the texts belong to the vendors. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@lumiverse/core/provider";
import type { VendorBodies } from "./vendor-types.ts";

/** A member of vendor-types.ts. */
export type VendorType = keyof VendorBodies;

/** The npm package that each type comes from. */
const PACKAGE_OF: Readonly<Record<VendorType, string>> = {
  OpenaiChat: "openai",
  OpenaiResponses: "openai",
  AnthropicMessages: "@anthropic-ai/sdk",
  GoogleGenerateContent: "@google/genai",
  MistralChat: "@mistralai/mistralai",
  GroqChat: "groq-sdk",
  OpenrouterChat: "@openrouter/sdk",
  PerplexitySonar: "@perplexity-ai/perplexity_ai",
  PerplexityAgent: "@perplexity-ai/perplexity_ai",
};

/** A schema as the generator writes it: a `$ref` into its `definitions`. */
export interface VendorSchema extends JsonObject {
  $ref: string;
  definitions: Record<string, JsonObject>;
}

const lab = fileURLToPath(new URL("../../", import.meta.url));
const typesFile = fileURLToPath(new URL("./vendor-types.ts", import.meta.url));
const cacheFolder = join(lab, "node_modules", ".cache", "spec");

/** The schema of each type of a request. */
export function vendorSchemas(): Promise<Record<VendorType, VendorSchema>> {
  return schemasOf(typesFile, PACKAGE_OF);
}

/**
 * The schema of each type of a file, from the cache if types and packages are unchanged. Generating them takes about seven seconds.
 * @param packages The npm package that each type comes from
 */
export async function schemasOf<T extends string>(file: string, packages: Readonly<Record<T, string>>): Promise<Record<T, VendorSchema>> {
  const cached = join(cacheFolder, `${cacheKey(file, packages)}.json`);
  if (existsSync(cached)) return JSON.parse(readFileSync(cached, "utf8")) as Record<T, VendorSchema>; // written below
  const { createGenerator } = await import("ts-json-schema-generator");
  const generator = createGenerator({
    path: file,
    tsconfig: join(lab, "tsconfig.json"),
    skipTypeCheck: true,
    expose: "all",
    topRef: true,
    additionalProperties: false,
    jsDoc: "none",
  });
  const entries = Object.keys(packages).map((name) => [name, generator.createSchema(name)]);
  const schemas = Object.fromEntries(entries) as Record<T, VendorSchema>; // the keys of `packages`; `topRef` and `expose` give this shape
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(cached, JSON.stringify(schemas));
  return schemas;
}

/** The packages that the types come from, as `openai 7.59.0`. */
export function packageVersions(): string[] {
  return [...new Set(Object.values(PACKAGE_OF))].map((name) => `${name} ${versionOf(name)}`);
}

function versionOf(name: string): string {
  const { version } = JSON.parse(readFileSync(join(lab, "node_modules", name, "package.json"), "utf8")) as { version: string }; // every manifest has one
  return version;
}

function cacheKey(file: string, packages: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256")
    .update(readFileSync(file))
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of new Set([...Object.values(packages), "ts-json-schema-generator"])) hash.update(`${name}@${versionOf(name)} `);
  return hash.digest("hex").slice(0, 20);
}
