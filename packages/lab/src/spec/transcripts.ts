/** Transcripts that contain what providers really return: the answers of all fixtures, read by their own provider. */

import { exchangesFor, type Fixture, memoryFetch, modesOf, play, testedSubject } from "@lumiverse/conformance/internals";
import type { JsonObject, Message, Provider } from "@lumiverse/core/provider";

/** A conversation that goes on after an answer. */
export interface Transcript {
  /** `provider/fixture`. */
  name: string;
  provider: string;
  model: string;
  settings: JsonObject;
  messages: readonly Message[];
}

/** The transcripts of a provider's fixtures: each ends in the results of the answer's calls, or in a further question. */
export async function transcriptsOf(provider: Provider, fixtures: readonly Fixture[]): Promise<Transcript[]> {
  const subject = testedSubject(provider);
  const transcripts: Transcript[] = [];
  for (const fixture of fixtures) {
    const { request, operation, model, settings = {} } = fixture.case;
    const [mode] = modesOf(fixture);
    if (request === undefined || operation !== undefined || mode === undefined) continue;
    const [turn] = await play(subject, { ...fixture, case: { ...fixture.case, turns: [] } }, mode, {
      fetch: memoryFetch(exchangesFor(fixture, mode)),
      retry: { attempts: 3, budgetMs: 50 },
    });
    const answer = turn?.response;
    if (answer === undefined) continue;
    const message = JSON.parse(JSON.stringify(answer.message)) as Message; // just written from a message
    const results: Message[] =
      answer.toolCalls.length === 0
        ? [{ role: "user", content: "And then?" }]
        : [{ role: "tool", content: answer.toolCalls.map(({ id, name }) => ({ type: "tool-result", id, name, content: "done" })) }];
    transcripts.push({
      name: `${provider.id}/${fixture.name}`,
      provider: provider.id,
      model,
      settings,
      messages: [...request.messages, message, ...results],
    });
  }
  return transcripts;
}
