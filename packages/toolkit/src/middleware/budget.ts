/** Refuses calls once a budget is spent. */
import { type ChatResponse, type Connection, type Cost, isLumiverseError, LumiverseError, type Usage } from "@lumiverse/core";
import { addCost, addUsage, type CostByCurrency, NO_USAGE, totalTokens } from "../shared/usage.ts";
import { wrapConnection } from "../shared/wrap-connection.ts";

/** The limits of a budget. An absent one does not limit. */
export interface BudgetOptions {
  /** Tokens of all calls together, prompts included. */
  tokens?: number;
  /** Cost of all calls together. A call whose cost is unknown counts as nothing, unless `unknownCost` is `"refuse"`. */
  cost?: { amount: number; currency: string };
  /** Calls, failed ones included. */
  calls?: number;
  /** What happens after a call whose cost is unknown, or in another currency, while a cost limit is set. Default `"allow"`. */
  unknownCost?: "allow" | "refuse";
}

/** What a budget has spent. */
export interface Spending {
  calls: number;
  usage: Usage;
  cost: CostByCurrency;
  /** Calls whose cost is unknown or in another currency. */
  uncostedCalls: number;
}

/** A connection with a budget. */
export interface BudgetConnection extends Connection {
  /** What was spent since the start, or since `resetBudget`. */
  spent(): Spending;
  /** Starts again from nothing. */
  resetBudget(): void;
}

/**
 * A connection that refuses calls once its budget is spent, with `insufficient-balance`, before anything is sent. A call counts when it ends, broken ones with
 * what they report, so calls that run at the same time can exceed the budget by what they use. Of a stream that is left early counts what its vendor had
 * reported by then.
 */
export function withBudget(connection: Connection, options: BudgetOptions): BudgetConnection {
  let spending: Spending = nothing();
  const begin = (): void => {
    const reason = exceeded(spending, options);
    if (reason !== undefined)
      throw new LumiverseError({
        code: "insufficient-balance",
        provider: connection.provider.id,
        message: `${connection.provider.id}: the budget is spent: ${reason}`,
        hint: "Raise the limits given to withBudget, or call resetBudget()",
        retryable: false,
      });
    spending = { ...spending, calls: spending.calls + 1 };
  };
  const count = (usage: Usage, cost: Cost | undefined): void => {
    const uncosted = cost === undefined || (options.cost !== undefined && cost.currency !== options.cost.currency);
    spending = {
      ...spending,
      usage: addUsage(spending.usage, usage),
      cost: addCost(spending.cost, cost),
      uncostedCalls: spending.uncostedCalls + (uncosted ? 1 : 0),
    };
  };
  const countBroken = (cause: unknown): void => {
    if (isLumiverseError(cause) && cause.partial !== undefined) count(cause.partial.usage, cause.partial.cost);
  };
  const wrapped = wrapConnection(connection, {
    async *stream(request, signal) {
      begin();
      let reported: Usage | undefined;
      let counted = false;
      const stream = connection.stream({ ...request, signal });
      try {
        for await (const batch of stream.batches()) {
          for (const event of batch) if (event.type === "usage") reported = event.usage;
          yield batch;
        }
        const response = await stream.response();
        counted = true;
        count(response.usage, response.cost);
        return response;
      } catch (cause) {
        counted = true;
        countBroken(cause);
        throw cause;
      } finally {
        // The loop was left early: what the vendor had reported until then counts.
        if (!counted && reported !== undefined) count({ ...reported, completeness: "partial" }, reported.cost);
      }
    },
    async generate(request) {
      begin();
      let response: ChatResponse;
      try {
        response = await connection.generate(request);
      } catch (cause) {
        countBroken(cause);
        throw cause;
      }
      count(response.usage, response.cost);
      return response;
    },
  });
  return {
    ...wrapped,
    spent: () => spending,
    resetBudget: () => {
      spending = nothing();
    },
  };
}

function nothing(): Spending {
  return { calls: 0, usage: NO_USAGE, cost: {}, uncostedCalls: 0 };
}

/** Why no further call is allowed. */
function exceeded(spending: Spending, { tokens, cost, calls, unknownCost }: BudgetOptions): string | undefined {
  if (calls !== undefined && spending.calls >= calls) return `${spending.calls} of ${calls} calls`;
  const used = totalTokens(spending.usage);
  if (tokens !== undefined && used >= tokens) return `${used} of ${tokens} tokens`;
  if (cost === undefined) return undefined;
  const amount = spending.cost[cost.currency] ?? 0;
  if (amount >= cost.amount) return `${amount} of ${cost.amount} ${cost.currency}`;
  if (unknownCost === "refuse" && spending.uncostedCalls > 0)
    return `${spending.uncostedCalls} calls have no known cost in ${cost.currency}`;
  return undefined;
}
