import { type Call, type Facts, matches, type Route, type Rule } from "@lumiverse/core";
import type { Dialect, DialectModel } from "./dialect.ts";
import { chatCompletions } from "./protocol.ts";

export interface ChatRouteOptions<S> {
  /** The vendor's base URL, by the settings where it has several; what a caller's `baseURL` replaces. */
  base: string | ((call: Call<S>) => string);
  dialect: Dialect;
  /** What the host takes, whatever the model. */
  takes: Facts;
  /** Models that differ from that, in order; later entries win. */
  models?: readonly DialectModel[];
  rules?: readonly Rule[];
  /** Fields and headers that follow from the settings. */
  headers?: (call: Call<S>) => Readonly<Record<string, string>>;
  /** Changes by settings or by the whole call, laid over what the models say (`takes`). */
  adjust?: (call: Call<S>, takes: Facts) => { dialect?: Dialect; takes?: Facts } | undefined;
  unstreamed?: Route["unstreamed"];
  streaming?: Route["streaming"];
  concurrency?: number;
}

/** A provider with one wire: base, dialect and facts, with those of the model laid over them. */
export function chatRoute<S>(options: ChatRouteOptions<S>): (call: Call<S>) => Route {
  return (call) => {
    let { dialect, takes } = options;
    const over = (entry: { dialect?: Dialect; takes?: Facts } | undefined): void => {
      if (entry?.dialect !== undefined) dialect = layer(dialect, entry.dialect);
      if (entry?.takes !== undefined) takes = { ...takes, ...entry.takes };
    };
    for (const model of options.models ?? []) if (matches(model.match, call.request.model)) over(model);
    over(options.adjust?.(call, takes));
    const own = typeof options.base === "string" ? options.base : options.base(call);
    const route: Route = { protocol: chatCompletions(dialect), base: call.baseURL ?? new URL(own), takes };
    if (options.rules !== undefined) route.rules = options.rules;
    if (options.headers !== undefined) route.headers = options.headers(call);
    if (options.unstreamed !== undefined) route.unstreamed = options.unstreamed;
    if (options.streaming !== undefined) route.streaming = options.streaming;
    if (options.concurrency !== undefined) route.concurrency = options.concurrency;
    return route;
  };
}

/** One dialect over another: groups of facts are joined, everything else is replaced. */
export function layer(under: Dialect, over: Dialect): Dialect {
  return {
    ...under,
    ...over,
    ...(under.reasoning === undefined && over.reasoning === undefined ? {} : { reasoning: { ...under.reasoning, ...over.reasoning } }),
    ...(under.names === undefined && over.names === undefined ? {} : { names: { ...under.names, ...over.names } }),
    ...(under.defaults === undefined && over.defaults === undefined ? {} : { defaults: { ...under.defaults, ...over.defaults } }),
  };
}
