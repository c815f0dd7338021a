import { isObject, type ResponseDetails } from "@lumiverse/core/provider";

type Logprobs = NonNullable<ResponseDetails["logprobs"]>;

/** Adds the log-probabilities of a list in OpenAI's shape to `into`. Entries without token and number are skipped. */
export function addLogprobs(items: unknown, into: Logprobs[number][]): void {
  if (!Array.isArray(items)) return;
  for (const item of items) {
    const entry = readLogprob(item);
    if (entry === undefined) continue;
    const alternatives = isObject(item) ? item["top_logprobs"] : undefined;
    const top = Array.isArray(alternatives) ? alternatives.map(readLogprob).filter((one) => one !== undefined) : [];
    into.push(top.length === 0 ? entry : { ...entry, top });
  }
}

function readLogprob(item: unknown): { token: string; logprob: number } | undefined {
  if (!isObject(item) || typeof item["token"] !== "string" || typeof item["logprob"] !== "number") return undefined;
  return { token: item["token"], logprob: item["logprob"] };
}
