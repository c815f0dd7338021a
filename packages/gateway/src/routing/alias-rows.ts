import { ConnectionsError, type FieldIssue, invalidFields } from "@lumiverse/connections";
import type { GatewayStore } from "../store/store.ts";
import type { AliasRow } from "../store/tables.ts";
import type { Alias, Aliases, AliasInput, AliasPolicy, AliasTarget } from "./alias.ts";

/** Aliases with what only the gateway itself needs. */
export interface AliasStore extends Aliases {
  saveFromFile(input: AliasInput): Promise<Alias>;
}

export function createAliases(store: GatewayStore, { now, changed }: { now: () => number; changed: () => void }): AliasStore {
  const find = (name: string): Promise<AliasRow | undefined> =>
    store.read.selectFrom("gateway_aliases").selectAll().where("name_key", "=", aliasKey(name)).executeTakeFirst();
  const save = async (input: AliasInput, fromFile: boolean): Promise<Alias> => {
    const issues = aliasIssues(input);
    if (issues.length > 0) throw invalidFields(issues);
    const row = {
      name: input.name.trim(),
      description: input.description ?? null,
      targets: JSON.stringify(input.targets),
      policy: input.policy === undefined ? null : JSON.stringify(input.policy),
      from_file: fromFile ? 1 : 0,
      updated_at: now(),
    };
    await store.write(async (write) => {
      await write
        .insertInto("gateway_aliases")
        .values({ name_key: aliasKey(input.name), created_at: now(), ...row })
        .onConflict((conflict) => conflict.column("name_key").doUpdateSet(row))
        .execute();
    });
    changed();
    return toAlias((await find(input.name)) ?? { name_key: aliasKey(input.name), created_at: now(), ...row });
  };
  return {
    list: async () => (await store.read.selectFrom("gateway_aliases").selectAll().orderBy("name_key").execute()).map(toAlias),
    async get(name) {
      const row = await find(name);
      if (row === undefined) throw notFound(name);
      return toAlias(row);
    },
    save: (input) => save(input, false),
    saveFromFile: (input) => save(input, true),
    async remove(name) {
      const removed = await store.write((write) =>
        write.deleteFrom("gateway_aliases").where("name_key", "=", aliasKey(name)).returning("name_key").execute(),
      );
      if (removed.length === 0) throw notFound(name);
      changed();
    },
  };
}

/** Names differ by more than the case of their letters. */
export function aliasKey(name: string): string {
  return name.trim().normalize("NFC").toLowerCase();
}

function toAlias(row: AliasRow): Alias {
  return {
    name: row.name,
    ...(row.description === null ? {} : { description: row.description }),
    // Both texts were written by this file.
    targets: JSON.parse(row.targets) as AliasTarget[],
    policy: row.policy === null ? {} : (JSON.parse(row.policy) as AliasPolicy),
    fromFile: row.from_file === 1,
    createdAt: new Date(Number(row.created_at)).toISOString(),
    updatedAt: new Date(Number(row.updated_at)).toISOString(),
  };
}

function notFound(name: string): ConnectionsError {
  return new ConnectionsError({ code: "not-found", message: `there is no alias "${name}"`, hint: "List the aliases to see their names" });
}

const COUNTS = ["attempts", "budgetMs", "cooldownMs", "failuresBeforeCooldown"] as const;
const POLICY_FIELDS: readonly string[] = ["afterContent", ...COUNTS];
/** A list that is longer than this is a mistake. */
const MOST_TARGETS = 50;

/** Everything that is wrong with an alias from outside. */
function aliasIssues({ name, description, targets, policy }: AliasInput): FieldIssue[] {
  const issues: FieldIssue[] = [];
  if (!isName(name)) issues.push({ path: "name", message: "must be 1 to 200 characters without control characters" });
  if (description !== undefined && typeof description !== "string") issues.push({ path: "description", message: "must be a text" });
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > MOST_TARGETS)
    issues.push({ path: "targets", message: `must be a list of 1 to ${MOST_TARGETS} targets` });
  else for (const [index, target] of targets.entries()) issues.push(...targetIssues(target, `targets.${index}`));
  if (policy !== undefined) issues.push(...policyIssues(policy));
  return issues;
}

function isName(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "" && value.length <= 200 && !/\p{Cc}/u.test(value);
}

function targetIssues(given: unknown, path: string): FieldIssue[] {
  if (typeof given !== "object" || given === null) return [{ path, message: "must be an object with `target`" }];
  const { target, options, ...others } = given as { [F in keyof AliasTarget]: unknown }; // each is checked
  const issues: FieldIssue[] = [];
  if (!isName(target)) issues.push({ path: `${path}.target`, message: "must be connection/model, or the name of a connection" });
  if (options !== undefined && (typeof options !== "object" || options === null || Array.isArray(options)))
    issues.push({ path: `${path}.options`, message: "must be an object of request fields" });
  else
    for (const field of FORBIDDEN_OPTIONS) {
      if (options !== undefined && field in options)
        issues.push({ path: `${path}.options.${field}`, message: "cannot be set by a target" });
    }
  for (const key of Object.keys(others)) issues.push({ path: `${path}.${key}`, message: "there is no such field" });
  return issues;
}

/** Fields that belong to the client's request, or that are not plain data. */
const FORBIDDEN_OPTIONS = ["model", "messages", "signal", "output", "tools", "headers", "timeouts", "spelling", "vendorFields"] as const;

function policyIssues(given: unknown): FieldIssue[] {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return [{ path: "policy", message: "must be an object" }];
  const policy = given as { [F in keyof AliasPolicy]: unknown }; // each is checked
  const issues: FieldIssue[] = [];
  const { afterContent } = policy;
  if (afterContent !== undefined && afterContent !== "error" && afterContent !== "restart")
    issues.push({ path: "policy.afterContent", message: "must be error or restart" });
  for (const field of COUNTS) {
    const value = policy[field];
    const least = field === "cooldownMs" ? 0 : 1;
    if (value !== undefined && !(Number.isSafeInteger(value) && Number(value) >= least))
      issues.push({ path: `policy.${field}`, message: `must be a whole number of at least ${least}` });
  }
  for (const key of Object.keys(policy))
    if (!POLICY_FIELDS.includes(key)) issues.push({ path: `policy.${key}`, message: "there is no such field" });
  return issues;
}
