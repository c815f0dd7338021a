/** Whether schemas of tools are JSON Schema as vendors check them: draft 2020-12, patterns that compile, references that lead somewhere. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { Ajv2020 } from "ajv/dist/2020.js";

const ajv = new Ajv2020({ strict: false, logger: false });
ajv.addFormat("regex", (pattern) => compiles(pattern));
ajv.addFormat("uri", (uri) => URL.canParse(uri));
ajv.addFormat("uri-reference", (uri) => !/[\s<>"{}|\\^`]/.test(uri));

/** True for a schema that the meta-schema of draft 2020-12 accepts, without `$schema`. */
export function isJsonSchema(schema: JsonObject): boolean {
  return schema["$schema"] === undefined && ajv.validateSchema(schema) === true;
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

/** True if a pattern has lookaround, a named group or a Unicode class, which OpenAI refuses. */
export function hasRefusedPattern(schema: JsonObject): boolean {
  const { pattern } = schema;
  return typeof pattern === "string" && /\(\?(?:<?[=!]|<|P)|\\[pP]\{/.test(pattern);
}

/** True if a reference of a schema in `root` leads nowhere. */
export function isDangling(root: JsonObject, { $ref: ref }: JsonObject): boolean {
  if (typeof ref !== "string" || ref === "#") return false;
  if (!ref.startsWith("#/")) return !JSON.stringify(root).includes(`"$anchor":${JSON.stringify(ref.slice(1))}`);
  let at: unknown = root;
  for (const step of ref.slice(2).split("/")) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = (isObject(at) && Object.hasOwn(at, key)) || Array.isArray(at) ? (at as JsonObject)[key] : undefined; // a list has its members by number
  }
  return at === undefined;
}
