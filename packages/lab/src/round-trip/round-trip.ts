/** Sends made exchanges through the gateway's protocols, and sums up the differences. */
import { isObject } from "@lumiverse/core/provider";
import { inboundProtocols } from "@lumiverse/gateway/inbound";
import { modelOf } from "../corpus/corpus.ts";
import { createReaders } from "../corpus/readers.ts";
import { PROTOCOLS, throughGateway } from "../corpus/through-gateway.ts";
import { exceptionFor } from "./exceptions.ts";
import { exchangeSchemas } from "./exchange-schemas.ts";
import { madeExchanges } from "./exchanges.ts";

export interface RoundTripResult {
  /** Exchanges that were tried. */
  tried: number;
  /** Differences that are not allowed, each once, with the name of the first exchange that shows it. */
  differences: string[];
  /** The exceptions that were needed. */
  exceptions: ReadonlySet<string>;
}

export interface RoundTripOptions {
  /** One exchange out of this many is tried. Default: 1, which is all. */
  step?: number;
  /** The number of exchanges before the first one that is tried. Default: 0. */
  skip?: number;
}

export async function roundTrip({ step = 1, skip = 0 }: RoundTripOptions = {}): Promise<RoundTripResult> {
  const readers = createReaders();
  const differences = new Map<string, string>();
  const exceptions = new Set<string>();
  let tried = 0;
  let n = -(skip % step);
  for (const { name, recording } of madeExchanges(await exchangeSchemas())) {
    if (n++ % step !== 0) continue;
    const id = PROTOCOLS[recording.kind];
    const body = recording.request?.body;
    const reading = await readers.reading(recording, modelOf(recording));
    if (id === undefined || reading === undefined || !isObject(body)) throw new Error(`no provider reads ${name}`);
    tried++;
    const row = await throughGateway(name, { recording, reading, protocol: inboundProtocols[id], body });
    const exception = row.differences.length === 0 ? undefined : exceptionFor(name);
    if (exception !== undefined) exceptions.add(exception);
    else
      for (const { side, path, expected, found } of row.differences) {
        const key = `${id} ${side} ${path}`;
        if (!differences.has(key)) differences.set(key, `${key} (${name}): ${JSON.stringify(expected)} became ${JSON.stringify(found)}`);
      }
  }
  return { tried, differences: [...differences.values()], exceptions };
}
