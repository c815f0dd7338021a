import { isObject, type JsonObject } from "@lumiverse/core/provider";

/** Fields whose contents belong to tools. */
const FOREIGN: ReadonlySet<string> = new Set(["args", "arguments", "response", "output"]);
/** The protocol has no deeper fields. */
const MOST_LEVELS = 12;

/** Fields of candidates and parts as the vendor's Python library and servers written with it spell them. Other fields with a `_` are not the protocol's. */
const SNAKE_CASE =
  /^(?:finish|safety|citation|grounding|url_context|token|avg|logprobs|continuation|function|tool|inline|file|executable|code_execution|thought|part|video|media)_[a-z]+$/;

/** True for an object that has a field of the protocol in snake case. */
export function hasSnakeCase(value: unknown): boolean {
  if (isObject(value)) for (const key in value) if (SNAKE_CASE.test(key)) return true;
  return false;
}

export function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A value of the protocol with its fields in camel case. */
export function camelCased(value: unknown, level: number = 0): unknown {
  if (level > MOST_LEVELS) return value;
  if (Array.isArray(value)) return value.map((one) => camelCased(one, level + 1));
  if (!isObject(value)) return value;
  const renamed: JsonObject = {};
  for (const key of Object.keys(value)) {
    if (key === "__proto__") continue;
    renamed[camelCase(key)] = FOREIGN.has(key) ? value[key] : camelCased(value[key], level + 1);
  }
  return renamed;
}
