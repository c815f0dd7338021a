import { invalid } from "./fields.ts";

/** The number of entries that a client asks for, at most the highest. @throws LumiverseError `invalid-request` */
export function pageSize(given: string | null, field: string, standard: number, highest: number): number {
  if (given === null || given === "") return standard;
  const size = Number(given);
  if (!Number.isInteger(size) || size < 1) throw invalid(field, `${field} must be a whole number of at least 1`);
  return Math.min(size, highest);
}
