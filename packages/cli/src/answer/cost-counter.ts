import type { ChatResponse } from "@lumiverse/core";
import { costText, countOf } from "./figures.ts";

/** Adds up what the answers of a conversation used and cost. */
export class CostCounter {
  #answers = 0;
  #unpriced = 0;
  /** Answers whose host reported no tokens. */
  #uncounted = 0;
  #input = 0;
  #output = 0;
  #cached = 0;
  readonly #amounts = new Map<string, number>();

  add({ usage, cost }: Pick<ChatResponse, "usage" | "cost">): void {
    this.#answers++;
    if (usage.completeness === "unknown") this.#uncounted++;
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
    const unpriced = this.#unpriced === 0 ? [] : [`the cost of ${this.#answersOf(this.#unpriced)} is not known`];
    const tokens = this.#uncounted === this.#answers ? ["tokens unknown"] : this.#tokens;
    const uncounted =
      this.#uncounted === 0 || this.#uncounted === this.#answers ? [] : [`the tokens of ${this.#answersOf(this.#uncounted)} are not known`];
    const text = [countOf(this.#answers, "answer"), ...tokens, ...uncounted, ...amounts, ...unpriced];
    return text.join(" · ");
  }

  /** `the answers` when it is all of them. */
  #answersOf(count: number): string {
    if (count === this.#answers) return count === 1 ? "the answer" : "the answers";
    return count === 1 ? "one answer" : countOf(count, "answer");
  }

  get #tokens(): string[] {
    const cached = this.#cached === 0 ? "" : ` (${this.#cached} of them cached)`;
    return [`${countOf(this.#input, "token")} in${cached}`, `${this.#output} out`];
  }
}
