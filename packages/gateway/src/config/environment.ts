import type { FieldIssue } from "@lumiverse/connections";
import { ownValue } from "@lumiverse/core/provider";

type Environment = Readonly<Record<string, string | undefined>>;

/** `${NAME}`, or `${NAME:-what applies when NAME is not set}`. `$${` stands for `${`. */
const REFERENCE = /\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** A value with the references in its texts resolved. A variable that is not set is a problem, because an empty key would be used silently. */
export function resolveReferences(value: unknown, env: Environment, path = ""): { value: unknown; issues: FieldIssue[] } {
  const issues: FieldIssue[] = [];
  const resolve = (given: unknown, at: string): unknown => {
    if (typeof given === "string") return given.replace(REFERENCE, (_, escaped, name, fallback) => escaped ?? read(name, fallback, at));
    if (Array.isArray(given)) return given.map((one, index) => resolve(one, join(at, String(index))));
    if (typeof given !== "object" || given === null) return given;
    return Object.fromEntries(Object.entries(given).map(([key, one]) => [key, resolve(one, join(at, key))]));
  };
  const read = (name: string, fallback: string | undefined, at: string): string => {
    const found = ownValue(env, name);
    if (found !== undefined && found !== "") return found;
    if (fallback === undefined) issues.push({ path: at, message: `the environment variable ${name} is not set` });
    return fallback ?? "";
  };
  return { value: resolve(value, path), issues };
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
