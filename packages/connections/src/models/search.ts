import type { Capability, ModelInfo } from "@lumiverse/core";

export interface ModelSearch {
  /** Words that the id or the name contains, in any order and case. */
  text?: string;
  /** Leaves out models that are known not to have this capability. */
  capability?: Capability;
  /** `price`: cheapest input first, unknown prices last. `context`: longest first. Default: by how well the text matches, then by id. */
  sort?: "match" | "price" | "context";
}

/** Finds models in a list. */
export function searchModels(models: readonly ModelInfo[], { text = "", capability, sort = "match" }: ModelSearch = {}): ModelInfo[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const found = models.filter((model) => {
    const searched = `${model.id} ${model.name ?? ""} ${(model.aliases ?? []).join(" ")}`.toLowerCase();
    return words.every((word) => searched.includes(word)) && (capability === undefined || model.capabilities?.[capability] !== false);
  });
  const by: Record<NonNullable<ModelSearch["sort"]>, (model: ModelInfo) => number> = {
    match: (model) => matchRank(model, text.trim().toLowerCase()),
    price: ({ price }) => price?.input ?? Number.POSITIVE_INFINITY,
    context: ({ contextTokens, inputTokens }) => -(contextTokens ?? inputTokens ?? 0),
  };
  const rank = by[sort];
  return found.sort((a, b) => compare(rank(a), rank(b)) || compare(a.id, b.id));
}

function matchRank({ id }: ModelInfo, text: string): number {
  const lower = id.toLowerCase();
  return lower === text ? 0 : lower.startsWith(text) ? 1 : 2;
}

function compare<T extends number | string>(a: T, b: T): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
