import type { ChatResponse } from "@lumiverse/core";
import { costText } from "./figures.ts";

/** Adds up what the answers of a conversation used and cost. */
export class CostCounter {
  #answers = 0;
  #unpriced = 0;
  #input = 0;
  #output = 0;
  #cached = 0;
  readonly #amounts = new Map<string, number>();

  add({ usage, cost }: Pick<ChatResponse, "usage" | "cost">): void {
    this.#answers++;
    this.#input += (usage.input ?? 0) + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
    this.#cached += usage.cacheRead ?? 0;
    this.#output += usage.output ?? 0;
    if (cost === undefined) this.#unpriced++;
    else this.#amounts.set(cost.currency, (this.#amounts.get(cost.currency) ?? 0) + cost.amount);
  }

  /** One line for a person. */
  get text(): string {
    if (this.#answers === 0) return "No answer yet.";
    const amounts = [...this.#amounts].map(([currency, amount]) => costText({ amount, currency, from: "provider" }));
    const unpriced =
      this.#unpriced === 0 ? [] : [`the cost of ${this.#unpriced === this.#answers ? "the" : this.#unpriced} answers is unknown`];
    const cached = this.#cached === 0 ? "" : ` (${this.#cached} of them cached)`;
    return [
      `${this.#answers} ${this.#answers === 1 ? "answer" : "answers"}`,
      `${this.#input} tokens in${cached}`,
      `${this.#output} out`,
      ...amounts,
      ...unpriced,
    ].join(" · ");
  }
}
