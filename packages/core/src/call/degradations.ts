/** Degradations: features that a call does without, because a host refused them. Each has a mark, a word in `Call.degradations`. */

import type { Call, Route } from "../contract/call.ts";
import type { Provider } from "../contract/provider.ts";

/** The degradations of a call that leaves out nothing. */
export const NO_MARKS: ReadonlySet<string> = new Set();

/** The call with one more mark in `degradations`: what `recover` returns for a call that is repeated without a feature. */
export function withDegradation<C extends Pick<Call, "degradations">>(call: C, mark: string): C {
  return { ...call, degradations: new Set([...call.degradations, mark]) };
}

/** Models that are remembered. A host has hundreds at most, but callers can pass ids without end. */
const MOST_MODELS = 1000;

/** Features that a host refused, learned per model and route from calls that succeeded without them. */
export class KnownDegradations {
  /** Marks by model, each with the routes on which it was learned. */
  readonly #byModel: Map<string, Map<string, Set<string>>> = new Map();

  /** The call with the marks that were learned for its model on its route. */
  apply(provider: Provider, call: Call): Call {
    const learned = this.#byModel.get(call.request.model);
    if (learned === undefined) return call;
    // A mark can decide the route, so the route is computed with all of them.
    const key = routeKey(provider.route({ ...call, degradations: new Set([...call.degradations, ...learned.keys()]) }));
    const marks = [...learned].filter(([, routes]) => routes.has(key)).map(([mark]) => mark);
    return { ...call, degradations: new Set([...call.degradations, ...marks]) };
  }

  /** Remembers the marks of a call that succeeded. */
  add(model: string, route: Route, marks: Iterable<string>): void {
    const learned = this.#byModel.get(model) ?? new Map<string, Set<string>>();
    for (const mark of marks) learned.set(mark, (learned.get(mark) ?? new Set()).add(routeKey(route)));
    // Moves the model to the end: the one that was not used for longest is forgotten first.
    this.#byModel.delete(model);
    this.#byModel.set(model, learned);
    const [oldest] = this.#byModel.keys();
    if (this.#byModel.size > MOST_MODELS && oldest !== undefined) this.#byModel.delete(oldest);
  }
}

function routeKey({ protocol, base }: Route): string {
  return `${protocol.id} ${base.href}`;
}
