/** A token count as a vendor reports it. Undefined for anything that is not a finite number of at least 0. Some gateways send numbers as text. */
export function tokenCount(value: unknown): number | undefined {
  const count = typeof value === "string" && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isFinite(count) && count >= 0 ? count : undefined;
}
