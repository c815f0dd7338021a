import type { Profiles } from "@lumiverse/connections";
import { type ChatRequest, type Connection, isLumiverseError, LumiverseError } from "@lumiverse/core";
import type { ChargeOffer, Grant } from "../keys/grant.ts";
import type { VirtualKey } from "../keys/key.ts";
import { hasBudget, hasLimits } from "../keys/key-row.ts";
import type { Target } from "../routing/target.ts";
import { boundOf, reasoningBeyondLimit, whyUnbounded } from "../tokens/bound.ts";
import { estimateTokens } from "../tokens/estimate.ts";
import { highestPrices, type ModelPricing, pricingOf } from "../tokens/price.ts";

/** Output tokens that are reserved when neither the request nor the model's entry states a limit. */
const ASSUMED_OUTPUT = 4096;
/** Output tokens of a call that states no limit, at most: a key with a budget that reserved all that a model can write could make few calls at once. */
const HIGHEST_ASSUMED_OUTPUT = 32_768;
/** An estimate of a prompt can be too low. */
const MARGIN = 1.2;
const BILLION = 1e9;
/** Output tokens below which an answer is of no use. A budget that pays for fewer refuses the call. */
const LEAST_OUTPUT = 256;

/** A target whose connection is open. */
export interface OpenTarget {
  target: Target;
  connection: Connection;
}

/** The request as one target receives it. */
export function requestTo<T>({ options, model }: Target, request: ChatRequest<T>): ChatRequest<T> {
  return { ...request, ...options, model };
}

/** What a call asks of its key's limits, with the prices that are known of its targets. */
export interface PlannedCharge extends ChargeOffer {
  pricing: ReadonlyMap<string, ModelPricing>;
}

const NOTHING: Grant = { charge: { tokens: 0, cost: 0 } };

/** The most that a call can use at one target. */
interface TargetCharge {
  /** The index of the target in the list. */
  index: number;
  /** Estimated tokens of the prompt, for limits of tokens. */
  tokens: number;
  /** Highest cost in billionths of what no output limit changes: the prompt, and reasoning that the limit leaves out. */
  fixedCost: number;
  /** Highest cost of one output token of all choices, in billionths. 0: it costs nothing. */
  outputCost: number;
  choices: number;
  /** Output tokens of one choice at most. */
  output: number;
  /** The body does not carry this limit yet. */
  isAdded: boolean;
  /** Fewer output tokens are of no use. Undefined: the vendor accepts no limit. */
  minOutput?: number;
}

/**
 * Plans what a call may use at most, at the most expensive of its targets.
 * @throws LumiverseError `permission` when the key has a budget and the cost of the call has no bound in its currency at any target
 */
export async function planCharge(
  requested: string,
  targets: readonly OpenTarget[],
  request: ChatRequest,
  key: VirtualKey | undefined,
  profiles: Profiles,
): Promise<PlannedCharge> {
  const pricing = new Map<string, ModelPricing>();
  if (key === undefined || !hasLimits(key) || targets.length === 0) return { whole: NOTHING, within: () => undefined, pricing };
  const charges: TargetCharge[] = [];
  let refusal: LumiverseError | undefined;
  for (const [index, open] of targets.entries()) {
    const known = await pricingOf(open.target, profiles);
    pricing.set(open.target.id, known);
    const sent = requestTo(open.target, request);
    try {
      const charge = hasBudget(key.limits) ? await boundedCharge(open, sent, key, known) : estimatedCharge(open.target, sent, known);
      charges.push({ index, ...charge });
    } catch (cause) {
      if (cause instanceof Unbounded) refusal ??= unbounded(key, requested, cause.message);
      else if (isLumiverseError(cause)) refusal ??= cause;
      else throw cause;
    }
  }
  if (charges.length === 0) throw refusal;
  const whole = grantOf(charges, Number.POSITIVE_INFINITY);
  if (whole === undefined) throw new Error("a call that may cost any amount is granted");
  return { whole, within: (maxCost) => grantOf(charges, maxCost), pricing };
}

/** For limits of tokens alone. */
function estimatedCharge(target: Target, request: ChatRequest, { maxOutputTokens }: ModelPricing): Omit<TargetCharge, "index"> {
  const stated = request.maxOutputTokens;
  const isStated = typeof stated === "number" && Number.isSafeInteger(stated) && stated > 0;
  const output = isStated ? stated : Math.min(maxOutputTokens ?? ASSUMED_OUTPUT, HIGHEST_ASSUMED_OUTPUT);
  return { tokens: estimatedInput(target, request), fixedCost: 0, outputCost: 0, choices: 1, output, isAdded: false };
}

/** For budgets. @throws Unbounded, and LumiverseError when the request cannot be sent to the target at all */
async function boundedCharge(
  { connection, target }: OpenTarget,
  request: ChatRequest,
  { limits }: VirtualKey,
  known: ModelPricing,
): Promise<Omit<TargetCharge, "index">> {
  const { currency = "USD", unpriced = "refuse" } = limits;
  const isFree = unpriced === "free";
  const price = known.price?.currency === currency ? known.price : undefined;
  if (price === undefined) {
    if (!isFree) throw new Unbounded(`its price in ${currency} is unknown`);
    return estimatedCharge(target, request, known);
  }
  const { body, estimate, capabilities } = await connection.explain(request);
  const bound = boundOf(body, request, known);
  const prices = highestPrices(price, bound?.cachedForAnHour ?? true);
  if (!isFree) {
    const why = whyUnbounded(request);
    if (why !== undefined) throw new Unbounded(why);
    if (prices === undefined || estimate.cost?.currency !== currency) throw new Unbounded("no price covers what it asks for");
    if (bound === undefined) throw new Unbounded("it refers to content that is not in it, and the context of the model is unknown");
  }
  const tokens = estimatedInput(target, request);
  const { input, choices } = bound ?? { input: tokens, choices: 1 };
  const reasoning = capabilities.reasoning === false ? 0 : choices * reasoningBeyondLimit(target.profile.provider, body);
  const acceptsLimit = capabilities.maxOutputTokens !== false && bound?.hasOneLimit !== false;
  const limit = bound?.output ?? (acceptsLimit ? request.maxOutputTokens : undefined) ?? known.maxOutputTokens;
  if (limit === undefined && !acceptsLimit && !isFree) throw new Unbounded("nothing limits its output");
  const minOutput = (bound?.thinking ?? 0) + LEAST_OUTPUT;
  // A limit that the client states holds. Without one, the gateway sets one where the vendor takes it.
  const isFixed = request.maxOutputTokens !== undefined || !acceptsLimit;
  const output = isFixed
    ? (limit ?? ASSUMED_OUTPUT)
    : Math.max(Math.min(limit ?? HIGHEST_ASSUMED_OUTPUT, HIGHEST_ASSUMED_OUTPUT), minOutput);
  return {
    tokens,
    fixedCost: (input * (prices?.input ?? 0) + reasoning * (prices?.output ?? 0)) * BILLION,
    outputCost: choices * (prices?.output ?? 0) * BILLION,
    choices,
    output,
    // The limit of the price list can be older than the model, so it is sent too.
    isAdded: acceptsLimit && output !== bound?.output,
    ...(acceptsLimit ? { minOutput } : {}),
  };
}

function estimatedInput({ profile, model }: Target, request: ChatRequest): number {
  return Math.ceil(estimateTokens(request, { model, provider: profile.provider }) * MARGIN);
}

/** The largest grant that costs at most `maxCost`, in billionths. Undefined where no target is left. */
function grantOf(charges: readonly TargetCharge[], maxCost: number): Grant | undefined {
  const outputs = new Map<number, number | undefined>();
  let tokens = 0;
  let cost = 0;
  for (const charge of charges) {
    const affordable = charge.outputCost === 0 ? charge.output : Math.floor((maxCost - charge.fixedCost) / charge.outputCost);
    const output = Math.min(charge.output, affordable);
    if (output < charge.output && (charge.minOutput === undefined || output < charge.minOutput)) continue;
    if (charge.fixedCost > maxCost) continue;
    outputs.set(charge.index, output < charge.output || charge.isAdded ? output : undefined);
    tokens = Math.max(tokens, charge.tokens + output * charge.choices);
    cost = Math.max(cost, Math.ceil(charge.fixedCost + output * charge.outputCost));
  }
  return outputs.size === 0 ? undefined : { charge: { tokens, cost }, outputs };
}

/** The cost of a request has no bound. The message says why. */
class Unbounded extends Error {}

function unbounded({ name }: VirtualKey, requested: string, why: string): LumiverseError {
  return new LumiverseError({
    code: "permission",
    status: 403,
    message: `the key "${name}" has a budget, and the highest cost of this call to "${requested}" is unknown: ${why}`,
    hint: 'Use a model whose price is known, leave out what has no known price, or set the limit `unpriced` of the key to "free"',
    field: "model",
    retryable: false,
  });
}
