/** What the costs of the demo's calls mean, wherever the page shows them. */
export const DEMO_COSTS = "Calls of the demo show what the vendor would bill. Nothing is billed.";

/** True for calls of the demo, which the ledger keeps after the demo is gone. */
export function isOfDemo({ connection }: { connection?: string }): boolean {
  return connection?.startsWith("Demo ") === true;
}
