/** No key grants more than it has: models, limits and expiry of what a management key makes or changes are at most its own. */
import type { Profiles } from "@lumiverse/connections";
import type { KeyLimits } from "../keys/key.ts";
import type { ManagementKey } from "../keys/management-key.ts";
import type { Permission } from "../keys/permissions.ts";
import type { Aliases } from "../routing/alias.ts";
import { aliasKey } from "../routing/alias-rows.ts";
import type { Names } from "../routing/names.ts";
import { findTarget } from "../routing/target.ts";
import type { Access } from "./access.ts";
import { AdminError } from "./errors.ts";

/** What virtual keys and management keys hold. */
interface Grant {
  models?: readonly string[] | null | undefined;
  limits?: KeyLimits | undefined;
  expiresAt?: string | null | undefined;
  seesTargets?: boolean | undefined;
  permissions?: readonly Permission[] | undefined;
}

/** What the key of a request may grant. Undefined: the admin key or a session, which may grant everything. */
export async function ownGrants(
  { key }: Access,
  { profiles, aliases }: { profiles: Profiles; aliases: Aliases },
): Promise<OwnGrants | undefined> {
  if (key === undefined) return undefined;
  const [connections, named] = await Promise.all([profiles.list(), aliases.list()]);
  return new OwnGrants(key, {
    profiles: new Map(connections.map((profile) => [aliasKey(profile.name), profile])),
    aliases: new Map(named.map((alias) => [aliasKey(alias.name), alias])),
  });
}

const LIMITS = ["requestsPerMinute", "tokensPerMinute", "parallel", "budgetPerDay", "budgetPerMonth"] as const;

export class OwnGrants {
  readonly #own: ManagementKey;
  readonly #names: Names;

  constructor(own: ManagementKey, names: Names) {
    this.#own = own;
    this.#names = names;
  }

  /** A new key as it was asked for. What was left out is as this key has it, instead of without a limit. */
  filled<T extends Grant>(input: T): T {
    const { models, limits, expiresAt } = this.#own;
    return {
      ...input,
      ...(input.models === undefined && models !== undefined ? { models } : {}),
      ...(input.expiresAt === undefined && expiresAt !== undefined ? { expiresAt } : {}),
      limits: { ...limits, ...input.limits },
    };
  }

  /** Changes of a key, with limits that were left out as this key has them. */
  filledChanges<T extends Grant>(changes: T): T {
    return changes.limits === undefined ? changes : { ...changes, limits: { ...this.#own.limits, ...changes.limits } };
  }

  /** @throws AdminError 403 for a key that would have more than this one, with the field that has it */
  readonly allow = (key: Grant): void => {
    for (const permission of key.permissions ?? [])
      if (!this.#own.permissions.includes(permission)) throw this.#wider("permissions", permission);
    if (key.seesTargets === true && !this.#own.permissions.includes("keys.seesTargets"))
      throw this.#wider("seesTargets", "keys.seesTargets");
    if (!this.#coversModels(key.models ?? undefined)) throw this.#wider("models");
    const limit = this.#widerLimit(key.limits ?? {});
    if (limit !== undefined) throw this.#wider(`limits.${limit}`);
    const { expiresAt } = this.#own;
    if (expiresAt !== undefined && !(Date.parse(key.expiresAt ?? "") <= Date.parse(expiresAt))) throw this.#wider("expiresAt");
  };

  #coversModels(models: readonly string[] | undefined): boolean {
    const own = this.#own.models;
    if (own === undefined) return true;
    return models?.every((asked) => own.some((one) => covers(one, asked, this.#names))) === true;
  }

  /** Not negated comparisons, so that what is no number counts as wider. */
  #widerLimit(limits: KeyLimits): string | undefined {
    const own = this.#own.limits;
    for (const name of LIMITS) {
      const [most, asked] = [own[name], limits[name]];
      if (most !== undefined && !(asked !== undefined && asked <= most)) return name;
    }
    if (own.budgetPerDay === undefined && own.budgetPerMonth === undefined) return undefined;
    if ((limits.currency ?? "USD") !== (own.currency ?? "USD")) return "currency";
    return limits.unpriced === "free" && own.unpriced !== "free" ? "unpriced" : undefined;
  }

  #wider(field: string, permission?: Permission): AdminError {
    return new AdminError(403, {
      code: "forbidden",
      message:
        permission === undefined
          ? `the management key "${this.#own.name}" may not grant more than it has: ${field}`
          : `the management key "${this.#own.name}" may not grant more than it has: ${field} (it lacks the permission ${permission})`,
      hint: "Grant less, or use the admin key",
      issues: [{ path: field, message: "is more than the management key has" }],
      ...(permission === undefined ? {} : { permission }),
    });
  }
}

/** Whether one grant of models includes another, by what the names mean now. */
export function covers(own: string, asked: string, names: Names): boolean {
  if (own === "*" || own === asked) return true;
  if (asked === "*") return false;
  // The name of an alias counts as the alias, also where it looks like a model of a connection.
  if (asked.endsWith("/*") || names.aliases.has(aliasKey(asked))) return aliasKey(own) === aliasKey(asked);
  if (!own.endsWith("/*")) return false;
  const target = findTarget(asked, names);
  return target !== undefined && aliasKey(target.profile.name) === aliasKey(own.slice(0, -2));
}
