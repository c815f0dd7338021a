import { costOf } from "../capabilities/cost.ts";
import type { Cost } from "../chat/usage.ts";
import type { BilledAnswer } from "../contract/call.ts";
import type { Catalogue } from "../contract/models.ts";
import type { PreparedCall } from "../request/prepare.ts";
import type { ConnectionState } from "./connection-state.ts";

/**
 * The cost of a call by the prices that the connection's `cost` option chooses.
 * @param headers all that were sent: the caller's own can name a service tier
 */
export async function costOnConnection(
  state: ConnectionState,
  { route, rendered, checked }: PreparedCall,
  answer: BilledAnswer & { model?: string },
  headers: Readonly<Record<string, string>> = rendered.request.headers ?? {},
): Promise<Cost | undefined> {
  const { options } = state;
  const { usage, details, model: answeredBy } = answer;
  const { cost: chosen = true } = options;
  if (chosen === false) return undefined;
  const { model } = checked.request;
  const { serviceTier, otherCharges } = route.protocol.billing?.({ ...rendered.request, headers }, answer) ?? {};
  // The tier that the vendor reports takes precedence.
  const tier = details?.serviceTier ?? serviceTier;
  const billed = otherCharges === undefined ? usage : { ...usage, otherCharges };
  if (typeof chosen === "object") {
    const models = Object.entries(chosen).map(([id, price]) => ({ id, price }));
    return costOf({ models, anyName: true }, model, billed, tier, answeredBy);
  }
  const catalogue = await state.catalogue();
  if (chosen === true && !hasPricesOf(state, catalogue, route.base)) return undefined;
  return costOf(catalogue, model, billed, tier, answeredBy);
}

/** Whether the price list holds at the address that a call goes to. Vendors have other prices, and other currencies, in other regions and plans. */
export function hasPricesOf(state: ConnectionState, catalogue: Catalogue | undefined, called: URL): boolean {
  const base = state.priceBase(catalogue);
  if (base?.origin !== called.origin) return false;
  return (
    called.pathname.startsWith(`${base.pathname.replace(/\/$/, "")}/`) || withoutVersion(called.pathname) === withoutVersion(base.pathname)
  );
}

/** Versions of one API have one price. */
function withoutVersion(path: string): string {
  return path.replace(/\/$/, "").replace(/\/v\d[a-z0-9]{0,8}$/, "");
}
