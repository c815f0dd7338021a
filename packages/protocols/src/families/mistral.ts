/** What is true of a Mistral model on every host that serves it. Sources: the vendor's model cards, read October 2026. */
import type { Capabilities, Rule } from "@lumiverse/core/provider";
import { atLeast, versionOf } from "./version.ts";

/** True when the id names a model of this vendor. */
export function isMistral(id: string): boolean {
  return LINE.test(modelName(id));
}

/**
 * Capabilities by id. A dated id (`mistral-small-2603`) is compared by its date and a numbered one (`mistral-large-4`) by its number, each within its own
 * line. `latest` moves and sometimes lags behind, so its capabilities are unknown.
 */
export function capabilitiesOf(id: string): Capabilities {
  const name = modelName(id);
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
/** First versions with a feature, as number and as date (YYMM). */
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
  // Four digits are a date. A line without a date for a feature got it after its dated ids.
  const dated = first >= 1000;
  const minimum = since.find((one) => (one[0] ?? 0) >= 1000 === dated);
  return minimum === undefined ? false : atLeast(version, minimum);
}

/** Facts about pairs of fields on the vendor's own API, whatever the model. */
export const hostRules: readonly Rule[] = [
  {
    field: "topP",
    when: ({ temperature, topP }) => temperature === 0 && topP !== 1,
    then: "drop",
    // 400 "top_p must be 1 when using greedy sampling."
    because: "With a temperature of 0, the vendor accepts no topP other than 1, and topP has no effect.",
  },
];

/** The same for the vendor's models on other hosts. */
export const rules: readonly Rule[] = /* @__PURE__ */ hostRules.map((rule) => ({
  ...rule,
  when: (request) => isMistral(request.model) && rule.when(request),
}));

/** The id without a gateway's vendor prefix and variant (`mistralai/mistral-small-2603:free`). */
function modelName(id: string): string {
  return id.toLowerCase().replace(/^.*\//, "").replace(/:.*$/, "");
}
