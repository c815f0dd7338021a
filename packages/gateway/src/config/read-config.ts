import { type ConnectionsError, type FieldIssue, invalidFields } from "@lumiverse/connections";
import { parse as parseYaml, YAMLParseError } from "yaml";
import { z } from "zod";
import type { AliasInput, AliasTarget } from "../routing/alias.ts";
import { aliasKey } from "../routing/alias-rows.ts";
import type { GatewayConfig } from "./config.ts";
import { resolveReferences } from "./environment.ts";

/** Keys of objects become names: of connections, aliases and keys. */
const name = z.string().min(1).max(100);
/** Numbers may also come from the environment, as texts. */
const number = z.preprocess((given) => (typeof given === "string" && /^-?\d+(\.\d+)?$/.test(given) ? Number(given) : given), z.number());
const count = number.pipe(z.number().int());
const atLeast = (least: number, most = Number.MAX_SAFE_INTEGER) => number.pipe(z.number().int().min(least).max(most));
const record = z.record(z.string(), z.unknown());

const connection = z.strictObject({
  provider: z.string(),
  model: z.string().optional(),
  baseURL: z.string().optional(),
  auth: z.enum(["key", "none", "environment"]).optional(),
  key: z.string().optional(),
  settings: record.optional(),
  reasoning: record.optional(),
  default: z.boolean().optional(),
});

const target = z.union([z.string(), z.strictObject({ target: z.string(), options: record.optional() })], {
  error: "must be connection/model, or an object with `target` and `options`",
});

const fallbackList = z.strictObject({
  description: z.string().optional(),
  targets: z.array(target).min(1),
  afterContent: z.enum(["error", "restart"]).optional(),
  attempts: count.optional(),
  budgetMs: count.optional(),
  cooldownMs: count.optional(),
  failuresBeforeCooldown: count.optional(),
});

const grant = {
  secret: z.string(),
  models: z.array(z.string()).optional(),
  limits: z
    .strictObject({
      requestsPerMinute: count.optional(),
      tokensPerMinute: count.optional(),
      parallel: count.optional(),
      budgetPerDay: number.optional(),
      budgetPerMonth: number.optional(),
      currency: z.string().optional(),
      unpriced: z.enum(["refuse", "free"]).optional(),
    })
    .optional(),
  expiresAt: z.string().optional(),
};
const key = z.strictObject({ ...grant, seesTargets: z.boolean().optional() });
const managementKey = z.strictObject({ ...grant, permissions: z.array(z.string()).optional() });

const file = z.strictObject({
  host: z.string().optional(),
  port: atLeast(0, 65_535).optional(),
  database: z.string().optional(),
  allowAddresses: z.array(z.string()).optional(),
  trustedProxies: z.array(z.string()).optional(),
  connections: z.record(name, connection).optional(),
  aliases: z.record(name, target).optional(),
  fallbacks: z.record(name, fallbackList).optional(),
  keys: z.record(name, key).optional(),
  managementKeys: z.record(name, managementKey).optional(),
  options: z
    .strictObject({
      keys: z.enum(["required", "optional"]).optional(),
      hosts: z.array(z.string()).optional(),
      origins: z.array(z.string()).optional(),
      bodyLimit: atLeast(1).optional(),
      holdMs: atLeast(0).optional(),
      maxWaitMs: atLeast(0).optional(),
      heartbeatMs: atLeast(1).optional(),
      recordContent: z.boolean().optional(),
      retentionDays: atLeast(1).optional(),
    })
    .optional(),
});

/**
 * Reads a configuration file: YAML, of which JSON is a part. Texts may refer to environment variables as `${NAME}`.
 * @param env Where references are looked up, such as `process.env`
 * @throws ConnectionsError `invalid` with every problem by its path. It quotes no values, because they may be secrets.
 */
export function readGatewayConfig(text: string, env: Readonly<Record<string, string | undefined>>): GatewayConfig {
  const resolved = resolveReferences(parseText(text), env);
  const parsed = file.safeParse(resolved.value);
  const issues = [...resolved.issues, ...(parsed.success ? [] : parsed.error.issues.flatMap(issuesOf))];
  if (!parsed.success || issues.length > 0) throw invalidFields(issues);
  const { host, port, database, allowAddresses, trustedProxies, options = {} } = parsed.data;
  const { connections = {}, aliases = {}, fallbacks = {}, keys = {}, managementKeys = {} } = parsed.data;
  const twice = [
    ...repeated("connections", Object.keys(connections)),
    ...repeated("aliases", Object.keys(aliases)),
    ...repeated("fallbacks", Object.keys(fallbacks), Object.keys(aliases)),
    ...repeated("keys", Object.keys(keys)),
    ...repeated("managementKeys", Object.keys(managementKeys)),
    ...repeatedSecrets({ keys, managementKeys }),
  ];
  if (twice.length > 0) throw invalidFields(twice);
  // Zod marks absent fields as possibly undefined; JSON and YAML have no undefined.
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { database }),
    ...(allowAddresses === undefined ? {} : { allowAddresses }),
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
    connections: Object.entries(connections).map(([connectionName, { default: isDefault, ...given }]) => ({
      name: connectionName,
      ...given,
      ...(isDefault === true ? { isDefault } : {}),
    })) as GatewayConfig["connections"],
    aliases: [
      ...Object.entries(aliases).map(([alias, given]) => ({ name: alias, targets: [toTarget(given)] })),
      ...Object.entries(fallbacks).map(([alias, { targets, description, ...policy }]) => ({
        name: alias,
        ...(description === undefined ? {} : { description }),
        targets: targets.map(toTarget),
        policy,
      })),
    ] as AliasInput[],
    keys: named(keys) as GatewayConfig["keys"],
    // Their permissions are checked when they are stored.
    managementKeys: named(managementKeys) as NonNullable<GatewayConfig["managementKeys"]>,
    options: options as GatewayConfig["options"],
  };
}

/** Names that differ in their case alone are one name. @param others Names of another kind that must differ too */
function repeated(section: string, names: readonly string[], others: readonly string[] = []): FieldIssue[] {
  const known = new Set(others.map(aliasKey));
  return names.flatMap((given) => {
    if (known.has(aliasKey(given)))
      return [{ path: `${section}.${given}`, message: others.length > 0 ? "an alias has the same name" : "the name is used twice" }];
    known.add(aliasKey(given));
    return [];
  });
}

function named<T extends object>(section: Readonly<Record<string, T>>): (T & { name: string })[] {
  return Object.entries(section).map(([keyName, given]) => ({ name: keyName, ...given }));
}

/** @param sections The keys of both kinds, by the section of the file */
function repeatedSecrets(sections: Readonly<Record<string, Readonly<Record<string, { secret: string }>>>>): FieldIssue[] {
  const owners = new Map<string, string>();
  return Object.entries(sections).flatMap(([section, keys]) =>
    Object.entries(keys).flatMap(([keyName, { secret }]) => {
      const owner = owners.get(secret);
      if (owner !== undefined) return [{ path: `${section}.${keyName}.secret`, message: `is also the secret of ${owner}` }];
      owners.set(secret, `${section}.${keyName}`);
      return [];
    }),
  );
}

function toTarget(given: z.infer<typeof target>): AliasTarget {
  // The options are checked when the alias is saved.
  return typeof given === "string" ? { target: given } : (given as AliasTarget);
}

function parseText(text: string): unknown {
  try {
    return parseYaml(text) ?? {};
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): ConnectionsError {
  // The message of the parser quotes lines, which may hold secrets.
  const line = cause instanceof YAMLParseError ? cause.linePos?.[0].line : undefined;
  return invalidFields([{ path: "", message: `the file is not valid YAML or JSON${line === undefined ? "" : ` (line ${line})`}` }]);
}

function issuesOf(issue: z.core.$ZodIssue): FieldIssue[] {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((one) => ({ path: path === "" ? one : `${path}.${one}`, message: "there is no such field" }));
  return [{ path, message: issue.message }];
}
