/** The vendors' words for reasoning effort, weakest first. `none` switches reasoning off, so it becomes `reasoning.off`. */
const EFFORT: readonly string[] = ["default", "minimal", "low", "medium", "high", "xhigh", "max"];

/** The given words, each once, weakest first. @throws Error for a word that EFFORT does not have */
export function effortLevels(words: readonly string[]): string[] {
  const unknown = words.find((word) => !EFFORT.includes(word));
  if (unknown !== undefined) throw new Error(`"${unknown}" is a new word for reasoning effort: add it to EFFORT, by strength`);
  return EFFORT.filter((word) => words.includes(word));
}
