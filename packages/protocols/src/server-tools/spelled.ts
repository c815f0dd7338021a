import type { JsonObject } from "@lumiverse/core/provider";

/** A vendor's own tool in its spelling. */
export interface SpelledServerTool {
  /** As a `HostedTool` holds it. */
  hosted: JsonObject;
  /** Fields of the tool that the vendor lacks and that only tune it. */
  ignored?: readonly string[];
  /** True: the choice `required` makes the model use it where it is the only tool. Default false. */
  canBeForced?: boolean;
}
