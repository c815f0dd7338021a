/** A token count as a vendor reports it. Undefined for anything that is not a finite number of at least 0. */
export function tokenCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
