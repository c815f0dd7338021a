import { costAt, costOf } from "../capabilities/cost.ts";
import type { Cost, Usage } from "../chat/usage.ts";
import type { ConnectionState } from "./connection-state.ts";

/** The cost of a call by the prices that the connection's `cost` option chooses. */
export async function costOnConnection(
  state: ConnectionState,
  model: string,
  usage: Usage,
  serviceTier?: string,
): Promise<Cost | undefined> {
  const { cost: chosen = true } = state.options;
  if (typeof chosen === "object") {
    const price = Object.hasOwn(chosen, model) ? chosen[model] : undefined;
    return price === undefined ? undefined : costAt(price, usage, serviceTier);
  }
  if (chosen === false || state.provider.catalogue === undefined || (chosen === true && !state.isVendorOrigin)) return undefined;
  return costOf(await state.catalogue(), model, usage, serviceTier);
}
