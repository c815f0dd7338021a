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

/** The schema of each type, from the cache if types and packages are unchanged. Generating them takes about seven seconds. */
export async function vendorSchemas(): Promise<Record<VendorType, VendorSchema>> {
  const file = join(cacheFolder, `${cacheKey()}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Record<VendorType, VendorSchema>; // written below
  const { createGenerator } = await import("ts-json-schema-generator");
  const generator = createGenerator({
    path: typesFile,
    tsconfig: join(lab, "tsconfig.json"),
    skipTypeCheck: true,
    expose: "all",
    topRef: true,
    additionalProperties: false,
    jsDoc: "none",
  });
  const entries = Object.keys(PACKAGE_OF).map((name) => [name, generator.createSchema(name)]);
  const schemas = Object.fromEntries(entries) as Record<VendorType, VendorSchema>; // the keys of PACKAGE_OF; `topRef` and `expose` give this shape
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(file, JSON.stringify(schemas));
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

function cacheKey(): string {
  const hash = createHash("sha256")
    .update(readFileSync(typesFile))
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of new Set([...Object.values(PACKAGE_OF), "ts-json-schema-generator"])) hash.update(`${name}@${versionOf(name)} `);
  return hash.digest("hex").slice(0, 20);
}
