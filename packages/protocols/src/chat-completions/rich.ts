export { renderOutput, renderTools, toolSet } from "./tools.ts";
export { renderTurns } from "./turns.ts";
