import type { FieldIssue } from "@lumiverse/connections";
import type { KeyChanges, KeyLimits } from "./key.ts";

const COUNTS = ["requestsPerMinute", "tokensPerMinute", "parallel"] as const;
const BUDGETS = ["budgetPerDay", "budgetPerMonth"] as const;
/** Amounts beyond this are not exact as billionths. */
const HIGHEST_BUDGET = 1_000_000;

/** Everything that is wrong with a key from outside. Absent fields are not checked. */
export function keyIssues(input: KeyChanges): FieldIssue[] {
  const issues: FieldIssue[] = [];
  if (input.name !== undefined) issues.push(...nameIssues(input.name));
  const { models, expiresAt, seesTargets } = input;
  if (models !== undefined && models !== null && !(Array.isArray(models) && models.every(isModelGrant)))
    issues.push({ path: "models", message: "must be a list of names, such as groq/llama-3.3-70b, groq/* or the name of an alias" });
  if (expiresAt !== undefined && expiresAt !== null && !(typeof expiresAt === "string" && Number.isFinite(Date.parse(expiresAt))))
    issues.push({ path: "expiresAt", message: "must be an ISO date and time" });
  if (seesTargets !== undefined && typeof seesTargets !== "boolean") issues.push({ path: "seesTargets", message: "must be true or false" });
  if (input.limits !== undefined) issues.push(...limitIssues(input.limits));
  const known = ["name", "models", "limits", "seesTargets", "expiresAt"];
  for (const key of Object.keys(input)) if (!known.includes(key)) issues.push({ path: key, message: "there is no such field" });
  return issues;
}

function nameIssues(name: unknown): FieldIssue[] {
  if (typeof name !== "string" || name.trim() === "") return [{ path: "name", message: "is required" }];
  if (name.trim().length > 100) return [{ path: "name", message: "must be at most 100 characters" }];
  return /\p{Cc}/u.test(name) ? [{ path: "name", message: "contains a control character" }] : [];
}

function isModelGrant(value: unknown): boolean {
  return typeof value === "string" && value.length > 0 && value.length <= 300 && !/\p{Cc}/u.test(value);
}

function limitIssues(limits: unknown): FieldIssue[] {
  if (typeof limits !== "object" || limits === null || Array.isArray(limits)) return [{ path: "limits", message: "must be an object" }];
  const issues: FieldIssue[] = [];
  const given = limits as { [F in keyof KeyLimits]: unknown }; // each is checked
  for (const field of COUNTS) {
    const value = given[field];
    if (value !== undefined && !(Number.isSafeInteger(value) && Number(value) >= 0))
      issues.push({ path: `limits.${field}`, message: "must be a whole number of at least 0" });
  }
  for (const field of BUDGETS) {
    const value = given[field];
    if (value !== undefined && !(typeof value === "number" && value >= 0 && value <= HIGHEST_BUDGET))
      issues.push({ path: `limits.${field}`, message: `must be a number from 0 to ${HIGHEST_BUDGET}` });
  }
  if (given.currency !== undefined && !(typeof given.currency === "string" && /^[A-Z]{3}$/.test(given.currency)))
    issues.push({ path: "limits.currency", message: "must be a currency code, such as USD" });
  if (given.unpriced !== undefined && given.unpriced !== "refuse" && given.unpriced !== "free")
    issues.push({ path: "limits.unpriced", message: "must be refuse or free" });
  const known: readonly string[] = [...COUNTS, ...BUDGETS, "currency", "unpriced"];
  for (const key of Object.keys(given)) if (!known.includes(key)) issues.push({ path: `limits.${key}`, message: "there is no such limit" });
  return issues;
}
