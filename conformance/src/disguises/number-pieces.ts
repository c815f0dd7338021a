/** Cloudflare Workers AI sends a token that is a number as a JSON number (cloudflare/ai#651). */
import type { Disguise } from "./disguise.ts";
import { textPieceOf } from "./repeated-text.ts";
import { copyOf, type StreamEvent } from "./stream-events.ts";

/** A number that JSON writes as it stands in the text, with the text around it. */
const NUMBER = /^(.*?)((?<!\d|\.)(?:0|[1-9]\d{0,14})(?![\d.]))(.*)$/s;

export const numberPieces: readonly Disguise[] = [
  {
    id: "numbers-in-text",
    title: "a piece of text that is a number comes as a JSON number",
    apply(events, protocol) {
      let changed = false;
      const split = ({ json, ...event }: StreamEvent): StreamEvent[] => {
        const [holder, field] = (json === undefined ? undefined : textPieceOf(json, protocol)) ?? [];
        const [, before, number, after] = NUMBER.exec(String(holder?.[field ?? ""] ?? "")) ?? [];
        if (json === undefined || number === undefined) return [json === undefined ? event : { ...event, json }];
        changed = true;
        return [before, Number(number), after].flatMap((piece) => {
          const copy = copyOf(json);
          const [place, name] = textPieceOf(copy, protocol) ?? [copy, ""];
          place[name] = piece;
          return piece === "" ? [] : [{ ...event, json: copy }];
        });
      };
      const all = events.flatMap(split);
      return changed ? all : undefined;
    },
  },
];
