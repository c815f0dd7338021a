import type { Capability, Evidence } from "../contract/capabilities.ts";

/** The evidence for the claims of one provider, by capability. */
export type EvidenceByCapability = Readonly<Partial<Record<Capability, readonly Evidence[]>>>;

/** Evidence by the provider's id: one table per process, shared by several copies of this package. */
const KEY = Symbol.for("@lumiverse/evidence/1");
function table(): Map<string, EvidenceByCapability> {
  const holder = globalThis as { [KEY]?: Map<string, EvidenceByCapability> };
  holder[KEY] ??= new Map();
  return holder[KEY];
}

/**
 * Adds the evidence for a provider's claims, which `supports()` then returns. `import "@lumiverse/<id>/evidence"` calls it, so that only an application that shows
 * evidence contains it. Evidence of the same id replaces the earlier one.
 */
export function registerEvidence(id: string, evidence: EvidenceByCapability): void {
  table().set(id, evidence);
}

/** The registered evidence for one claim. Empty when the application has not imported it. */
export function registeredEvidence(id: string, capability: Capability): readonly Evidence[] {
  return table().get(id)?.[capability] ?? [];
}
