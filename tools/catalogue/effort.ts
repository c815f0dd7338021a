/** The vendors' words for reasoning effort, weakest first. `none` switches reasoning off, so it becomes `reasoning.off`. */
export const EFFORT: readonly string[] = ["default", "minimal", "low", "medium", "high", "xhigh", "max"];
