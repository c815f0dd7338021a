import { isObject, type JsonObject, type SimilarText } from "@lumiverse/core/provider";
import { filledText } from "../../shared/json-values.ts";
import type { Dialect } from "../dialect.ts";

/** Fields of a chunk that the reader looks at in every chunk. */
const READ_FIELDS: readonly string[] = ["error", "base_resp", "usage", "citations"];

/** Recognises, without parsing, chunks in which the reader needs nothing but a piece of text: those that differ from an earlier one in the text and in unread fields. */
export class TextPieces {
  readonly #readFields: ReadonlySet<string>;
  /** The paths of the values in which the last chunks differ, and the index of their text. -1: the chunks have more than a piece of text. */
  #paths: SimilarText["paths"] | undefined;
  #textIndex = -1;

  constructor({ usageAt = [], errorAt = [], seedAt, cost }: Dialect) {
    const paths = [
      ...usageAt,
      ...errorAt,
      ...(seedAt === undefined ? [] : [seedAt]),
      ...(cost?.container === undefined ? [] : [cost.container]),
    ];
    this.#readFields = new Set([...READ_FIELDS, ...paths.map((path) => path.split(".")[0] ?? "")]);
  }

  /** The text of such a chunk, otherwise undefined. */
  textOf({ paths, values }: SimilarText): string | undefined {
    return paths === this.#paths ? filledText(values[this.#textIndex]) : undefined;
  }

  /** Looks at a chunk that was read as a whole. */
  learn(chunk: JsonObject, { paths }: SimilarText): void {
    if (paths === this.#paths) return;
    this.#paths = paths;
    const { choices } = chunk;
    const isPiece = Array.isArray(choices) && choices.length === 1 && isTextChoice(choices[0]) && !this.#hasReadFields(chunk);
    this.#textIndex = isPiece ? indexOfText(paths) : -1;
  }

  #hasReadFields(chunk: JsonObject): boolean {
    for (const field of this.#readFields) if (chunk[field] !== undefined && chunk[field] !== null) return true;
    return chunk["citations"] === null;
  }
}

function isTextChoice(choice: unknown): boolean {
  if (!isObject(choice) || (choice["index"] ?? 0) !== 0) return false;
  const { delta, message, error, logprobs, usage, finish_reason: finish } = choice;
  if (!isObject(delta) || Object.keys(delta).some((field) => field !== "content" && field !== "role")) return false;
  return message === undefined && (error ?? undefined) === undefined && !isObject(logprobs) && !isObject(usage) && (finish ?? "") === "";
}

/** The index of the text, if no other path is in a choice. */
function indexOfText(paths: SimilarText["paths"]): number {
  const inChoices = paths.filter(([field]) => field === "choices");
  const [only] = inChoices;
  return inChoices.length === 1 && only?.join(".") === "choices.0.delta.content" ? paths.indexOf(only) : -1;
}
