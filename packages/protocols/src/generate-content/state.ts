import type { Rendered } from "@lumiverse/core";
import type { Names } from "@lumiverse/core/wire";

/** What the reader must undo of what was rendered. */
export interface RenderState {
  names?: Names;
  /** The neutral name of the tool that structured output was asked for with. */
  outputTool?: string;
}

export function stateOf(rendered: Rendered): RenderState {
  // `state` is unknown to core; this wire's render is the only one that fills it for this wire's reader.
  return (rendered.state as RenderState | undefined) ?? {};
}
