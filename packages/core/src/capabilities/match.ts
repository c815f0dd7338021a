/** Finds what is stated about a model by its id. */
import type { Capabilities, ModelCapabilities } from "../contract/capabilities.ts";
import type { ModelInfo } from "../contract/models.ts";

/** True when a model id matches: by glob without regard to case, by any glob of a list, or by a function. */
export function matches(match: ModelCapabilities["match"], id: string): boolean {
  if (typeof match === "function") return match(id);
  return typeof match === "string" ? matchesGlob(match, id) : match.some((one) => matchesGlob(one, id));
}

function matchesGlob(pattern: string, id: string): boolean {
  const text = id.toLowerCase();
  const pieces = pattern.toLowerCase().split("*");
  const first = pieces[0] ?? "";
  if (pieces.length === 1) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (let i = 1; i < pieces.length; i++) {
    const piece = pieces[i] ?? "";
    const found = i === pieces.length - 1 ? Math.max(text.length - piece.length, at) : text.indexOf(piece, at);
    if (found < 0 || !text.startsWith(piece, found)) return false;
    at = found + piece.length;
  }
  return true;
}

/** The capabilities of a model: those of the host, with every matching entry laid over them. */
export function capabilitiesFor(base: Capabilities, models: readonly ModelCapabilities[] | undefined, id: string): Capabilities {
  let capabilities = base;
  for (const entry of models ?? []) if (matches(entry.match, id)) capabilities = { ...capabilities, ...entry.capabilities };
  return capabilities;
}

/** The catalogue's entry for an id or an alias. */
export function findModel<M extends Pick<ModelInfo, "id" | "aliases">>(
  { models }: { readonly models: readonly M[] },
  id: string,
): M | undefined {
  return models.find((model) => model.id === id) ?? models.find((model) => model.aliases?.includes(id));
}
