import type { ToolCallPart } from "@lumiverse/core";

/** The arguments of a call as JSON of an object: clients parse them, and vendors send nothing or `null` for a call without any. */
export function argumentsOf({ arguments: written }: Pick<ToolCallPart, "arguments">): string {
  const text = written.trim();
  return text === "" || text === "null" ? "{}" : written;
}

/** The arguments of calls that a stream has sent, by the index of their part. */
export class SentArguments {
  readonly #sent: Map<number, string> = new Map();

  add(index: number, text: string): void {
    this.#sent.set(index, (this.#sent.get(index) ?? "") + text);
  }

  /** What the stream lacks of the call's arguments. */
  missing(index: number, call: Pick<ToolCallPart, "arguments">): string {
    return missingArguments(call, this.#sent.get(index) ?? "");
  }
}

/**
 * What a stream lacks of a call's arguments after the pieces that were sent: some vendors send the rest, or all, at the end. Empty where a vendor corrects what
 * it has sent, which cannot be taken back.
 */
export function missingArguments(call: Pick<ToolCallPart, "arguments">, sent: string): string {
  const whole = argumentsOf(call);
  if (sent.trim() === "") return whole;
  return whole.startsWith(sent) ? whole.slice(sent.length) : "";
}
