import type { Profiles } from "@lumiverse/connections";
import type { ChatRequest } from "@lumiverse/core";
import { LumiverseError } from "@lumiverse/core";
import type { Charge } from "../keys/counters.ts";
import type { VirtualKey } from "../keys/key.ts";
import { hasBudget, hasLimits } from "../keys/key-row.ts";
import { toNano } from "../keys/money.ts";
import type { Route, Target } from "../routing/target.ts";
import { estimateTokens } from "../tokens/estimate.ts";
import { highestCost, type ModelPricing, pricingOf } from "../tokens/price.ts";

/** Output tokens that are reserved when neither the request nor the model's entry states a limit. */
const ASSUMED_OUTPUT = 4096;
/** Reservations for models that may write more than this reserve this. */
const HIGHEST_ASSUMED_OUTPUT = 32_768;
/** An estimate of a prompt can be too low. */
const MARGIN = 1.2;

/** What a call may use, and the targets that its key can pay for. */
export interface PlannedCharge {
  charge: Charge;
  targets: readonly Target[];
  pricing: ReadonlyMap<string, ModelPricing>;
}

const NOTHING: Charge = { tokens: 0, cost: 0 };

/**
 * Estimates what a call may use at most, at the most expensive of its targets.
 * @throws LumiverseError `permission` when the key has a budget and no target has a known price in its currency
 */
export async function planCharge(
  { requested, targets }: Route,
  request: ChatRequest,
  key: VirtualKey | undefined,
  profiles: Profiles,
): Promise<PlannedCharge> {
  if (key === undefined || !hasLimits(key)) return { charge: NOTHING, targets, pricing: new Map() };
  const input = Math.ceil(estimateTokens(request) * MARGIN);
  const { currency = "USD", unpriced = "refuse" } = key.limits;
  const pricing = new Map<string, ModelPricing>();
  const payable: Target[] = [];
  let charge = NOTHING;
  for (const target of targets) {
    const known = await pricingOf(target, profiles);
    const price = known.price?.currency === currency ? known.price : undefined;
    if (price === undefined && unpriced === "refuse" && hasBudget(key.limits)) continue;
    payable.push(target);
    pricing.set(target.id, known);
    const output = outputTokens(target, request, known);
    const cost = price === undefined ? 0 : toNano(highestCost(price, { input, output }));
    charge = { tokens: Math.max(charge.tokens, input + output), cost: Math.max(charge.cost, cost) };
  }
  if (payable.length > 0) return { charge, targets: payable, pricing };
  throw new LumiverseError({
    code: "permission",
    status: 403,
    message: `the key "${key.name}" has a budget, and the price of "${requested}" in ${currency} is unknown`,
    hint: 'Use a model with a known price, or set the limit `unpriced` of the key to "free"',
    field: "model",
    retryable: false,
  });
}

function outputTokens({ options }: Target, request: ChatRequest, { maxOutputTokens }: ModelPricing): number {
  const stated = options?.maxOutputTokens ?? request.maxOutputTokens;
  if (typeof stated === "number" && Number.isSafeInteger(stated) && stated > 0) return stated;
  return Math.min(maxOutputTokens ?? ASSUMED_OUTPUT, HIGHEST_ASSUMED_OUTPUT);
}
