/** Heartbeats between the events of an answer, in the forms that hosts use. All protocols must skip them. */
import type { Disguise } from "./disguise.ts";

const beating = (id: string, title: string, raw: string): Disguise => ({
  id,
  title,
  apply: (events) => [{ raw }, ...events.flatMap((event) => [event, { raw }])],
});

export const heartbeats: readonly Disguise[] = [
  beating("ping-without-data", "a ping event without data comes between the events", "event: ping\ndata: "),
  beating("ping-as-data", "the word ping comes as data between the events", "data: ping"),
  beating("keepalive-in-brackets", "the word KEEPALIVE comes in brackets between the events", "data: [KEEPALIVE]"),
  beating("heartbeat-event", "a heartbeat event with the time comes between the events", "event: heartbeat\ndata: 1764489600"),
  beating("ping-as-json", "a JSON object of the type ping comes between the events", 'event: ping\ndata: {"type":"ping"}'),
  beating("empty-data", "empty data comes between the events", "data:"),
];
