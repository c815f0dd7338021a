import type { KeyRow } from "../store/tables.ts";
import type { KeyLimits, VirtualKey } from "./key.ts";
import { fromNano, toNano } from "./money.ts";

/** The shortest key that a configuration file may bring. */
export const SHORTEST_SECRET = 20;

export function toKey(row: KeyRow): VirtualKey {
  return { ...toGrant(row), seesTargets: row.sees_targets === 1 };
}

/** What rows of virtual keys and of management keys have in common. */
export type GrantRow = LimitColumns &
  Pick<KeyRow, "id" | "name" | "hint" | "models" | "from_file" | "created_at" | "expires_at" | "revoked_at">;

export function toGrant(row: GrantRow): Omit<VirtualKey, "seesTargets"> {
  const models = row.models === null ? undefined : (JSON.parse(row.models) as string[]); // written by grantColumns
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    ...(models === undefined ? {} : { models }),
    limits: {
      ...(row.requests_per_minute === null ? {} : { requestsPerMinute: Number(row.requests_per_minute) }),
      ...(row.tokens_per_minute === null ? {} : { tokensPerMinute: Number(row.tokens_per_minute) }),
      ...(row.parallel_calls === null ? {} : { parallel: Number(row.parallel_calls) }),
      ...(row.day_budget === null ? {} : { budgetPerDay: fromNano(Number(row.day_budget)) }),
      ...(row.month_budget === null ? {} : { budgetPerMonth: fromNano(Number(row.month_budget)) }),
      currency: row.currency,
      unpriced: row.unpriced === "free" ? "free" : "refuse",
    },
    fromFile: row.from_file === 1,
    createdAt: isoOf(row.created_at),
    ...(row.expires_at === null ? {} : { expiresAt: isoOf(row.expires_at) }),
    ...(row.revoked_at === null ? {} : { revokedAt: isoOf(row.revoked_at) }),
  };
}

export type LimitColumns = Pick<
  KeyRow,
  "requests_per_minute" | "tokens_per_minute" | "parallel_calls" | "day_budget" | "month_budget" | "currency" | "unpriced"
>;

export function limitColumns(limits: KeyLimits = {}): LimitColumns {
  return {
    requests_per_minute: limits.requestsPerMinute ?? null,
    tokens_per_minute: limits.tokensPerMinute ?? null,
    parallel_calls: limits.parallel ?? null,
    day_budget: limits.budgetPerDay === undefined ? null : toNano(limits.budgetPerDay),
    month_budget: limits.budgetPerMonth === undefined ? null : toNano(limits.budgetPerMonth),
    currency: limits.currency ?? "USD",
    unpriced: limits.unpriced ?? "refuse",
  };
}

/** The columns of what a key was given in full: an absent field is the default. */
export function grantColumns({
  models,
  limits,
  expiresAt,
}: {
  models?: readonly string[] | null | undefined;
  limits?: KeyLimits | undefined;
  expiresAt?: string | null | undefined;
}): LimitColumns & Pick<KeyRow, "models" | "expires_at"> {
  return { models: modelsText(models), ...limitColumns(limits), expires_at: momentOf(expiresAt) };
}

export function modelsText(models: readonly string[] | null | undefined): string | null {
  return models === undefined || models === null ? null : JSON.stringify(models);
}

export function momentOf(iso: string | null | undefined): number | null {
  return iso === undefined || iso === null ? null : Date.parse(iso);
}

/** Names that differ in their case alone are one name. */
export function nameKey(name: string): string {
  return name.trim().normalize("NFC").toLowerCase();
}

/** True when a call of the key must be charged before it starts. */
export function hasLimits({ limits }: VirtualKey): boolean {
  const { requestsPerMinute, tokensPerMinute, parallel } = limits;
  return hasBudget(limits) || requestsPerMinute !== undefined || tokensPerMinute !== undefined || parallel !== undefined;
}

export function hasBudget({ budgetPerDay, budgetPerMonth }: KeyLimits): boolean {
  return budgetPerDay !== undefined || budgetPerMonth !== undefined;
}

function isoOf(moment: number | string): string {
  return new Date(Number(moment)).toISOString();
}
