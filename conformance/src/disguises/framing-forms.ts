/** Other ways in which hosts frame the events of a stream. */
import type { Disguise } from "./disguise.ts";
import type { StreamEvent } from "./stream-events.ts";

const isEnd = ({ raw }: StreamEvent): boolean => raw !== undefined && /^data:\s*\[DONE\]/.test(raw);
/** The end of a stream, written differently. Streams of other protocols get one, as some proxies add it. */
const endingWith =
  (raw: string) =>
  (events: readonly StreamEvent[]): StreamEvent[] => [...events.filter((event) => !isEnd(event)), { raw }];

export const framingForms: readonly Disguise[] = [
  { id: "end-in-quotes", title: "[DONE] at the end is a JSON string", apply: endingWith('data: "[DONE]"') },
  { id: "end-between-blanks", title: "[DONE] at the end has blanks around it", apply: endingWith("data:   [DONE]  ") },
  {
    id: "events-in-lists",
    title: "the data of each event is a list of one",
    apply: (events) =>
      events.map((event): StreamEvent => (event.json === undefined ? event : { raw: frame(event, JSON.stringify([event.json])) })),
  },
  {
    id: "two-events-in-one",
    title: "two events share one data line",
    apply(events) {
      const at = events.findIndex(({ name, json }, n) => name === undefined && json !== undefined && events[n + 1]?.json !== undefined);
      const [first, second] = [events[at], events[at + 1]];
      if (first === undefined || second === undefined) return undefined;
      const raw = `data: ${JSON.stringify(first.json)}${JSON.stringify(second.json)}`;
      return [...events.slice(0, at), { raw }, ...events.slice(at + 2)];
    },
  },
];

function frame({ name }: StreamEvent, data: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${data}`;
}
