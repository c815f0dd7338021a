import { type Capabilities, type Capability, type Support, supportOf } from "../contract/capabilities.ts";
import type { ModelInfo } from "../contract/models.ts";
import { type Registry, registry } from "../registry.ts";
import { defaultRoute } from "./default-route.ts";

/** What a model must be able to do. Every field is optional; all that are given must hold. */
export interface ModelQuery {
  provider?: string;
  input?: "image" | "audio" | "file" | "video";
  tools?: boolean;
  output?: "schema" | "json";
  reasoning?: boolean;
  /** Context window in tokens, at least. */
  context?: number;
  /** Price per million input tokens in USD, at most. */
  inputPrice?: number;
  /** Include models whose capability is unknown. Default false. */
  unknown?: boolean;
}

export interface FoundModel {
  provider: string;
  model: ModelInfo;
}

/** Models in the catalogues of the registered providers that match a query. Asks no vendor. */
export async function find(query: ModelQuery, among: Registry = registry()): Promise<FoundModel[]> {
  const wanted = wantedCapabilities(query);
  const found: FoundModel[] = [];
  for (const provider of among.list()) {
    if ((query.provider !== undefined && query.provider !== provider.id) || provider.catalogue === undefined) continue;
    for (const model of (await provider.catalogue()).models) {
      // The cheaper test first: a route costs far more.
      if (!fits(model, query)) continue;
      const ofRoute = wanted.length === 0 ? {} : defaultRoute(provider, model.id).capabilities;
      if (hasAll(ofRoute, model.capabilities ?? {}, wanted, query.unknown === true)) found.push({ provider: provider.id, model });
    }
  }
  return found;
}

function wantedCapabilities({ input, tools, output, reasoning }: ModelQuery): readonly [Capability, Support][] {
  const wanted: [Capability, Support][] = [];
  if (input !== undefined) wanted.push([`input.${input}`, "yes"]);
  if (tools !== undefined) wanted.push(["tools", tools ? "yes" : "no"]);
  if (output !== undefined) wanted.push([`output.${output}`, "yes"]);
  if (reasoning !== undefined) wanted.push(["reasoning", reasoning ? "yes" : "no"]);
  return wanted;
}

/** What the route does not know, the catalogue may know. */
function hasAll(ofRoute: Capabilities, ofCatalogue: Capabilities, wanted: readonly [Capability, Support][], orUnknown: boolean): boolean {
  return wanted.every(([capability, want]) => {
    const value = ofRoute[capability];
    const support = supportOf(value === undefined || value === "unknown" ? ofCatalogue[capability] : value);
    return support === want || (orUnknown && support === "unknown");
  });
}

function fits(model: ModelInfo, { context, inputPrice }: ModelQuery): boolean {
  if (context !== undefined && (model.contextTokens ?? 0) < context) return false;
  if (inputPrice === undefined) return true;
  return model.price?.currency === "USD" && (model.price.input ?? Number.POSITIVE_INFINITY) <= inputPrice;
}
