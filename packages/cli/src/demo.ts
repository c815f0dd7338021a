/** One provider of the demo: which of its cases is played, with which key, and what came of it. */
import type { Fixture, ReplayServer } from "@lumiverse/conformance";
import { type ChatRequest, type ConnectOptions, connect, type Provider } from "@lumiverse/core";
import { printable, tell } from "./exit.ts";

export interface Outcome {
  provider: string;
  /** Absent: it was not tried. */
  ok?: boolean;
  skipped?: string;
  error?: string;
  case?: string;
  model?: string;
  wire?: string;
  text?: string;
  finishReason?: string;
  tokens?: { input?: number | undefined; output?: number | undefined };
  firstMs?: number;
}

/** Asks the server for a case's answer; `say` gets one line, which grows as the answer streams. */
export async function playCase(
  provider: Provider,
  fixture: Fixture,
  how: { server: ReplayServer; key: string | undefined; signal: AbortSignal; say: (text: string) => Promise<void> },
): Promise<Outcome> {
  const { server, key, signal, say } = how;
  const request: ChatRequest = { messages: [], ...fixture.case.request, model: fixture.case.model };
  const outcome: Outcome = { provider: provider.id, case: fixture.name, model: request.model };
  await say(`${provider.id.padEnd(14)} `);
  try {
    const connection = connect(provider, { ...optionsOf(fixture, key), fetch: server.fetch(provider.id), retry: false });
    outcome.wire = (await connection.explain(request)).wire;
    const started = Date.now();
    const stream = connection.stream({ ...request, signal });
    let shown = 0;
    for await (const event of stream) {
      if (event.type !== "text" && event.type !== "reasoning") continue;
      outcome.firstMs ??= Date.now() - started;
      if (event.type === "reasoning" || shown >= WIDTH) continue;
      const piece = printable(event.text)
        .replace(/\s+/g, " ")
        .slice(0, WIDTH - shown);
      shown += piece.length;
      await say(shown >= WIDTH ? `${piece}…` : piece);
    }
    const { text, finishReason, usage } = await stream.response();
    await say(shown === 0 ? `(finish ${finishReason})\n` : "\n");
    return { ...outcome, ok: true, text, finishReason, tokens: { input: usage.input, output: usage.output } };
  } catch (cause) {
    const { line } = tell(cause);
    await say(`failed: ${line}\n`);
    return { ...outcome, ok: false, error: line };
  }
}
/** So much of an answer is shown. */
const WIDTH = 100;

/** A streamed answer that ends well: the case called `text`, or the first that shows streaming. */
export function demoCase(fixtures: readonly Fixture[]): Fixture | undefined {
  const fit = fixtures.filter(({ case: one }) => {
    return one.request !== undefined && one.operation === undefined && one.expect.error === undefined && one.streaming !== false;
  });
  return fit.find((fixture) => fixture.name === "text") ?? fit.find((fixture) => fixture.case.claims.includes("streaming")) ?? fit[0];
}

function optionsOf({ case: one }: Fixture, key: string | undefined): ConnectOptions {
  return {
    ...one.options,
    ...(one.settings === undefined ? {} : { settings: one.settings }),
    ...(key === undefined ? {} : { apiKey: key }),
  };
}
