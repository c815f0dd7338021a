/** The checks `disguises`: an answer that a host writes differently is the same answer. */
import { disguises } from "../disguises/disguises.ts";
import { readStreamEvents, writeStreamEvents } from "../disguises/stream-events.ts";
import { exchangesFor, type Fixture } from "../fixture/fixture.ts";
import { comparableAnswer } from "../play/agreement.ts";
import { firstDifference } from "../play/compare.ts";
import { memoryFetch } from "../play/memory-fetch.ts";
import { describeEnd, play, type Turn } from "../play/play.ts";
import type { TestedSubject } from "../play/subject.ts";
import { type Check, check } from "./check.ts";

/** One check per disguise that a case's streamed answer can have. */
export function disguiseChecks(subject: TestedSubject, fixture: Fixture): Check[] {
  const exchanges = exchangesFor(fixture, "stream");
  const events = readStreamEvents(new TextDecoder().decode(exchanges.at(-1)?.body));
  if (events === undefined || fixture.case.expect.error !== undefined) return [];
  return disguises.flatMap((disguise) => {
    const disguised = disguise.apply(events, subject.protocol(fixture));
    if (disguised === undefined) return [];
    const body = new TextEncoder().encode(writeStreamEvents(disguised));
    return check("disguises", `${fixture.name}: ${disguise.id}`, async () => {
      const plain = await play(subject, fixture, "stream", { fetch: memoryFetch(exchanges) });
      const failed = plain.find(({ error, expect }) => error !== undefined && expect.error === undefined);
      if (failed !== undefined) return [`the case fails without a disguise, too: ${describeEnd(failed)}`];
      const changed = await play(subject, fixture, "stream", { fetch: memoryFetch(exchanges, () => [body]) });
      const lost = disguise.losesUsage === true;
      // A language model of another library cannot say that its counts are a preview.
      const isJudged = subject.provider !== undefined || disguise.id !== "usage-preview";
      if (lost && isJudged && changed.at(-1)?.response?.usage.completeness === "exact")
        return [`when ${disguise.title}, the usage is still called exact: ${JSON.stringify(changed.at(-1)?.response?.usage)}`];
      // A language model of another library has no notes.
      const { notes, text = "", toolCalls = [] } = changed.at(-1)?.response ?? {};
      const hasContent = text.trim() !== "" || toolCalls.length > 0;
      if (lost && subject.provider !== undefined && hasContent && notes?.some(({ field }) => field === "usage") === false)
        return [`when ${disguise.title}, no note says so`];
      const [before, after] = [plain, changed].map((turns) =>
        turns.map((turn) => comparableAnswer(lost ? withoutUsage(turn) : turn)).join("\n"),
      );
      return before === after ? [] : [`when ${disguise.title}, the answer differs ${firstDifference(after ?? "", before ?? "")}`];
    });
  });
}

function withoutUsage(turn: Turn): Turn {
  return turn.response === undefined ? turn : { ...turn, response: { ...turn.response, usage: { completeness: "unknown" } } };
}
