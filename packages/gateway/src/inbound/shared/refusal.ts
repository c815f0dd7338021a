import type { ChatResponse } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

/** The words with which a model refused. Vendors of Chat Completions and Responses send a text, those of Messages an explanation. Empty: there are none. */
export function refusalText({ details }: ChatResponse): string {
  const { refusal } = details;
  const words = isObject(refusal) ? refusal["explanation"] : refusal;
  return typeof words === "string" ? words : "";
}
