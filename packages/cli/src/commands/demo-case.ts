/** One provider of the demo: the call of its case, and the outcome. */
import type { Fixture, ReplayServer } from "@lumiverse/conformance/fixtures";
import { type ChatRequest, type ConnectOptions, connect, type Provider } from "@lumiverse/core";
import { describeError } from "../terminal/error-description.ts";
import { printable } from "../terminal/printable.ts";

export interface Outcome {
  provider: string;
  /** Absent when the provider was skipped. */
  ok?: boolean;
  skipped?: string;
  error?: string;
  case?: string;
  model?: string;
  protocol?: string;
  text?: string;
  finishReason?: string;
  tokens?: { input?: number | undefined; output?: number | undefined };
  firstMs?: number;
}

/** Makes the call of a case against the replay server. `print` receives the pieces of one line as the answer streams. */
export async function playCase(
  provider: Provider,
  fixture: Fixture,
  options: { server: ReplayServer; key: string | undefined; signal: AbortSignal; print: (text: string) => Promise<void> },
): Promise<Outcome> {
  const { server, key, signal, print } = options;
  const request: ChatRequest = { messages: [], ...fixture.case.request, model: fixture.case.model };
  const outcome: Outcome = { provider: provider.id, case: fixture.name, model: request.model };
  await print(`${provider.id.padEnd(14)} `);
  try {
    const connection = connect(provider, { ...optionsOf(fixture, key), fetch: server.fetch(provider.id), retry: false });
    outcome.protocol = (await connection.explain(request)).protocol;
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
      await print(shown >= WIDTH ? `${piece}…` : piece);
    }
    const { text, finishReason, usage } = await stream.response();
    await print(shown === 0 ? `(finish ${finishReason})\n` : "\n");
    return { ...outcome, ok: true, text, finishReason, tokens: { input: usage.input, output: usage.output } };
  } catch (cause) {
    const { line } = describeError(cause);
    await print(`failed: ${line}\n`);
    return { ...outcome, ok: false, error: line };
  }
}

/** Characters of an answer that are shown. */
const WIDTH = 100;

function optionsOf({ case: one }: Fixture, key: string | undefined): ConnectOptions {
  return {
    ...one.options,
    ...(one.settings === undefined ? {} : { settings: one.settings }),
    ...(key === undefined ? {} : { apiKey: key }),
  };
}
