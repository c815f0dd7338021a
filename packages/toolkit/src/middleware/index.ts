/** Connections that wrap a connection. They compose, and none of them retries. */
export type { CostByCurrency } from "../shared/usage.ts";
export { type BudgetConnection, type BudgetOptions, type Spending, withBudget } from "./budget.ts";
export { type CachedResponse, type CacheHit, type CacheOptions, type ResponseStore, withCache } from "./cache.ts";
export { type LogEntry, type LoggingOptions, withLogging } from "./logging.ts";
