/** Refuses calls once a budget is spent. */
import { type Connection, type Cost, isLumiverseError, LumiverseError, type Usage } from "@lumiverse/core";
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
 * A connection that refuses calls once its budget is spent, with `insufficient-balance`, before anything is sent. A call counts when it ends, so calls that run at
 * the same time can exceed the budget. A failed call counts with the usage that its error reports, a stream that is left early with the usage that had arrived.
 */
export function withBudget(connection: Connection, options: BudgetOptions): BudgetConnection {
  const budget = createBudget(connection.provider.id, options);
  const wrapped = wrapConnection(connection, {
    async *stream(request, signal) {
      budget.begin();
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
        budget.count(response);
        return response;
      } catch (cause) {
        counted = true;
        return budget.fail(cause);
      } finally {
        // The loop was left early.
        if (!counted && reported !== undefined) budget.count({ usage: { ...reported, completeness: "partial" }, cost: reported.cost });
      }
    },
    async generate(request) {
      budget.begin();
      const response = await connection.generate(request).catch(budget.fail);
      budget.count(response);
      return response;
    },
  });
  return { ...wrapped, spent: budget.spent, resetBudget: budget.reset };
}

interface Budget {
  /** Counts a call that starts. @throws LumiverseError `insufficient-balance` when the budget is spent */
  begin(): void;
  count(used: { usage: Usage; cost?: Cost | undefined }): void;
  /** Counts a failed call, and throws its error. */
  fail(cause: unknown): never;
  spent(): Spending;
  reset(): void;
}

function createBudget(provider: string, options: BudgetOptions): Budget {
  let spending: Spending = nothing();
  const count: Budget["count"] = ({ usage, cost }) => {
    const uncosted = cost === undefined || (options.cost !== undefined && cost.currency !== options.cost.currency);
    spending = {
      ...spending,
      usage: addUsage(spending.usage, usage),
      cost: addCost(spending.cost, cost),
      uncostedCalls: spending.uncostedCalls + (uncosted ? 1 : 0),
    };
  };
  return {
    begin() {
      const reason = exceeded(spending, options);
      if (reason !== undefined)
        throw new LumiverseError({
          code: "insufficient-balance",
          provider,
          message: `${provider}: the budget is spent: ${reason}`,
          hint: "Raise the limits given to withBudget, or call resetBudget()",
          retryable: false,
        });
      spending = { ...spending, calls: spending.calls + 1 };
    },
    count,
    fail(cause) {
      if (isLumiverseError(cause) && cause.partial !== undefined) count(cause.partial);
      throw cause;
    },
    spent: () => spending,
    reset() {
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
