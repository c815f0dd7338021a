import { definedFields } from "../chat/json.ts";
import type { Route } from "../contract/call.ts";
import {
  type Capabilities,
  type Capability,
  type CapabilityClaim,
  type CapabilityValue,
  type Evidence,
  type EvidenceKind,
  supportOf,
} from "../contract/capabilities.ts";
import type { Catalogue } from "../contract/models.ts";
import type { Operations } from "../contract/operations.ts";
import type { Provider } from "../contract/provider.ts";
import { defaultRoute } from "./default-route.ts";
import { registeredEvidence } from "./evidence.ts";
import { findModel } from "./match.ts";

const STRENGTH: readonly EvidenceKind[] = ["live", "recorded", "replayed", "derived", "documented", "declared"];

/** Capabilities that the vendor offers as an operation, whatever the model. */
const OPERATION: Partial<Record<Capability, keyof Operations>> = {
  models: "models",
  account: "account",
  countTokens: "countTokens",
};

/** What a model of a provider can do with default settings, and the evidence for it. `connection.supports` does the same with the settings of a connection. */
export async function supports(provider: Provider, capability: Capability, model: string): Promise<CapabilityClaim> {
  const capabilities = modelCapabilities(await provider.catalogue?.(), model, defaultRoute(provider, model));
  return claimOf(provider, capabilities, capability, model);
}

/** The claim about one capability, with its evidence: strongest first; of equally strong, that of this very model. */
export async function claimOf(
  provider: Provider,
  capabilities: Capabilities,
  capability: Capability,
  model: string,
): Promise<CapabilityClaim> {
  const operation = OPERATION[capability];
  const value: CapabilityValue | undefined =
    operation === undefined ? capabilities[capability] : (await provider.operations())[operation] !== undefined;
  const evidence: Evidence[] = [...registeredEvidence(provider.id, capability), ...((await provider.evidence?.())?.[capability] ?? [])];
  evidence.sort((a, b) => STRENGTH.indexOf(a.kind) - STRENGTH.indexOf(b.kind) || Number(b.model === model) - Number(a.model === model));
  if (evidence.length === 0 && value !== undefined && value !== "unknown") evidence.push({ kind: "declared", source: provider.docs });
  return { capability, support: supportOf(value), ...definedFields({ value }), evidence };
}

/** The route's capabilities, which decide about requests, completed by the catalogue's. */
export function modelCapabilities(catalogue: Catalogue | undefined, model: string, route: Route): Capabilities {
  const entry = catalogue === undefined ? undefined : findModel(catalogue, model);
  return { ...entry?.capabilities, ...known(route.capabilities) };
}

/** The capabilities that are not unknown. */
export function known(capabilities: Capabilities): Capabilities {
  // Filtering entries keeps their keys.
  return Object.fromEntries(Object.entries(capabilities).filter(([, value]) => value !== undefined && value !== "unknown")) as Capabilities;
}
