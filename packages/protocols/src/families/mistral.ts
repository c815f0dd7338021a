/**
 * What follows a Mistral model to whichever host serves it: the order of turns and the shape of tool-call ids that its chat template
 * enforces (seen behind Mistral's own API, OpenRouter, NVIDIA NIM and vLLM), and what each generation takes in. Sources: the vendor's
 * model cards, read October 2026.
 */
import type { Facts } from "@lumiverse/core";
import type { Dialect } from "../chat-completions/dialect.ts";
import { atLeast, versionOf } from "./version.ts";

/** For any host that serves these models over Chat Completions; join it to the host's dialect. */
export const messages: Dialect = {
  toolIds: "alphanumeric-9", // else 400 `invalid_function_call`, code 3280
  alternation: "filler", // else 400 "Unexpected role 'user' after role 'tool'", code 3230
};

export function isMistral(id: string): boolean {
  return LINE.test(bare(id));
}

/**
 * A dated id (`mistral-small-2603`) is compared by its date, a numbered one (`mistral-large-4`) by its number, each within its own line.
 * `latest` moves, and at times lags, so it is unknown.
 */
export function facts(id: string): Facts {
  const name = bare(id);
  const line = LINE.exec(name)?.[1];
  if (line === undefined) return {};
  const since = SINCE[line];
  return {
    "input.audio": line === "voxtral",
    "input.image": line === "pixtral" ? true : reached(name, since?.image),
    ...(line === "magistral" || reached(name, since?.reasoning) === true
      ? { reasoning: ["high"], "reasoning.off": true, "reasoning.budget": false, "reasoning.visible": true }
      : { reasoning: reached(name, since?.reasoning) }),
  };
}

const LINE =
  /^(?:open-)?(mistral-(?:large|medium|small|nemo)|magistral|ministral|codestral|devstral|voxtral|pixtral|mixtral|mistral)(?:-|$)/;

type Since = readonly (readonly number[])[];
/** First versions, as number and as date (YYMM). */
const SINCE: Readonly<Record<string, { image?: Since; reasoning?: Since }>> = {
  "mistral-large": { image: [[3], [2512]], reasoning: [[4]] },
  "mistral-medium": { image: [[3], [2505]], reasoning: [[3, 5], [2604]] },
  "mistral-small": { image: [[3, 1], [2503]], reasoning: [[4], [2603]] },
  ministral: { image: [[3], [2512]] },
};

function reached(name: string, since: Since | undefined): boolean | "unknown" {
  if (since === undefined) return false;
  const version = versionOf(name, /-(\d+)(?:-(\d))?(?:-\d+)*$/);
  const first = version?.[0];
  if (version === undefined || first === undefined) return "unknown";
  // Four digits are a date; a line that names no date for a feature got it later than its dated ids.
  const dated = first >= 1000;
  const minimum = since.find((one) => (one[0] ?? 0) >= 1000 === dated);
  return minimum === undefined ? false : atLeast(version, minimum);
}

/** The id less a gateway's vendor prefix and variant (`mistralai/mistral-small-2603:free`). */
function bare(id: string): string {
  return id.toLowerCase().replace(/^.*\//, "").replace(/:.*$/, "");
}
