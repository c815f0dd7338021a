/** Which vendor's types a provider's bodies are held against, and what its host documents beyond them. */
import type { JsonObject } from "@lumiverse/core/provider";
import { type BodyChecker, bodyChecker } from "./body-checker.ts";
import { type Extension, extensions } from "./extensions.ts";
import { type Limit, limits } from "./vendor-limits.ts";
import type { VendorSchema, VendorType } from "./vendor-schemas.ts";

/** The vendor's own types, by provider and protocol. Every other provider speaks Chat Completions as OpenAI's types describe it. */
const OWN: Readonly<Record<string, Readonly<Record<string, VendorType>>>> = {
  perplexity: { "chat-completions": "PerplexitySonar", responses: "PerplexityAgent" },
  mistral: { "chat-completions": "MistralChat" },
  groq: { "chat-completions": "GroqChat" },
  openrouter: { "chat-completions": "OpenrouterChat" },
};
const BY_PROTOCOL: Readonly<Record<string, VendorType>> = {
  "chat-completions": "OpenaiChat",
  responses: "OpenaiResponses",
  messages: "AnthropicMessages",
  "generate-content": "GoogleGenerateContent",
};

/** The type that the bodies of a provider's protocol are held against. @throws Error for a protocol without one */
export function vendorTypeOf(provider: string, protocol: string): VendorType {
  const type = OWN[provider]?.[protocol] ?? BY_PROTOCOL[protocol];
  if (type === undefined) throw new Error(`${provider}: no vendor type describes the protocol "${protocol}"`);
  return type;
}

/** The checker of a provider's bodies in one protocol. */
export function specFor(schemas: Record<VendorType, VendorSchema>, provider: string, protocol: string): BodyChecker {
  const type = vendorTypeOf(provider, protocol);
  const own = extensions.filter((extension) => extension.type === type && extension.providers.includes(provider));
  const stated: readonly Limit[] = limits.filter(
    (limit) => (limit.providers === "all" || limit.providers.includes(provider)) && limit.protocol === protocol,
  );
  return bodyChecker(own.reduce(extended, schemas[type]), stated);
}

function extended(
  schema: VendorSchema,
  { fields = {}, retyped = {}, optional = {}, members = {}, replaced = {}, source }: Extension,
): VendorSchema {
  const definitions = structuredClone(schema.definitions);
  for (const [name, more] of [...Object.entries(fields), ...Object.entries(retyped)])
    for (const object of objectsOf(definitions, name, source)) object["properties"] = { ...Object(object["properties"]), ...more };
  for (const [name, spare] of Object.entries(optional))
    for (const object of objectsOf(definitions, name, source))
      object["required"] = [object["required"] ?? []].flat().filter((field) => !spare.includes(String(field)));
  for (const [name, more] of Object.entries(members)) {
    const present = definitions[name] ?? missing(name, source);
    definitions[name] = { anyOf: [...(Array.isArray(present["anyOf"]) ? present["anyOf"] : [present]), ...more] };
  }
  for (const [name, schema] of Object.entries(replaced)) {
    if (definitions[name] === undefined) missing(name, source);
    definitions[name] = schema;
  }
  return { ...schema, definitions };
}

/** The objects that a definition stands for: itself, or the members of its union. */
function objectsOf(definitions: Record<string, JsonObject>, name: string, source: string): JsonObject[] {
  const found = definitions[name] ?? missing(name, source);
  if (found["properties"] !== undefined) return [found];
  const refs = [found["$ref"] ?? [], ...(Array.isArray(found["anyOf"]) ? found["anyOf"] : [])].flat() as (string | JsonObject)[]; // a schema of the generator
  return refs.flatMap((ref) => {
    const inner = typeof ref === "string" ? ref : ref["$ref"];
    return typeof inner === "string"
      ? objectsOf(definitions, decodeURIComponent(inner.replace("#/definitions/", "")), source)
      : [ref as JsonObject]; // a member without a name
  });
}

function missing(name: string, source: string): never {
  throw new Error(`the extension of ${source} names "${name}", which the vendor's types no longer define`);
}

/** The fields of extensions that the vendor's own types have, so that the extension no longer needs them. */
export function fieldsNowInTypes(schemas: Record<VendorType, VendorSchema>): string[] {
  return extensions.flatMap(({ type, fields = {}, source }) =>
    Object.entries(fields).flatMap(([name, more]) =>
      Object.keys(more)
        .filter((field) =>
          objectsOf(schemas[type].definitions, name, source).every((object) => Object.hasOwn(Object(object["properties"]), field)),
        )
        .map((field) => `${type}: ${name}.${field} (${source})`),
    ),
  );
}
