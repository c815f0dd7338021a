import type { Call, Route } from "../contract/call.ts";
import type { Provider } from "../contract/provider.ts";

/** Models that are remembered. A host has hundreds at most, but callers can pass ids without end. */
const MOST_MODELS = 1000;

/** Features that a host refused, learned per model and route from calls that succeeded without them. */
export class KnownDegradations {
  /** Marks by model, each with the routes on which it was learned. */
  readonly #byModel: Map<string, Map<string, Set<string>>> = new Map();

  /** The call, with what is known for its model on the route that it takes. */
  apply(provider: Provider, call: Call): Call {
    const learned = this.#byModel.get(call.request.model);
    if (learned === undefined) return call;
    // A mark can itself choose the route, so the route is asked for with all of them.
    const key = routeKey(provider.route({ ...call, degradations: new Set([...call.degradations, ...learned.keys()]) }));
    const marks = [...learned].filter(([, routes]) => routes.has(key)).map(([mark]) => mark);
    return { ...call, degradations: new Set([...call.degradations, ...marks]) };
  }

  /** Remembers what a call did without when it succeeded. */
  add(model: string, route: Route, marks: Iterable<string>): void {
    const learned = this.#byModel.get(model) ?? new Map<string, Set<string>>();
    for (const mark of marks) learned.set(mark, (learned.get(mark) ?? new Set()).add(routeKey(route)));
    // The model used last is the last one to be forgotten.
    this.#byModel.delete(model);
    this.#byModel.set(model, learned);
    const [oldest] = this.#byModel.keys();
    if (this.#byModel.size > MOST_MODELS && oldest !== undefined) this.#byModel.delete(oldest);
  }
}

function routeKey({ protocol, base }: Route): string {
  return `${protocol.id} ${base.href}`;
}
