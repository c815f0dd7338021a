import { isObject, type Rendered } from "@lumiverse/core";
import type { Names } from "@lumiverse/core/wire";

/** What render leaves for the reader to undo. */
export interface ResponsesState {
  names: Names;
  /** Functions the caller declared, by wire name: the model's own `parallel` wrapper is none of them. */
  declared: ReadonlySet<string>;
  /** Structured output asked for as a forced tool: its arguments are the answer's text. */
  outputTool?: string;
}

const NOTHING: ResponsesState = {
  names: { wire: (name) => name, neutral: (name) => name, changed: false },
  declared: new Set(),
};

export function stateOf(rendered: Rendered): ResponsesState {
  const state = rendered.state;
  // Only this protocol's render makes it; a reader of a recording has none.
  return isObject(state) && state["declared"] instanceof Set ? (state as unknown as ResponsesState) : NOTHING;
}
