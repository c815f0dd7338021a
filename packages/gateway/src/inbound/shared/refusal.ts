import type { ChatResponse, Part } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { type Reference, ref, textAt } from "./template.ts";

/** The words with which a model refused. Vendors of Chat Completions and Responses send a text, those of Messages an explanation. Empty: there are none. */
export function refusalText({ details }: ChatResponse): string {
  const { refusal } = details;
  const words = isObject(refusal) ? refusal["explanation"] : refusal;
  return typeof words === "string" ? words : "";
}

/** Adds the words of an earlier refusal as a text, which is what they are for vendors without a place of their own for them. Returns their place in the template. */
export function refusalReference(refusal: string, message: number, parts: Part[]): Reference {
  const part = parts.length;
  parts.push({ type: "text", text: refusal });
  return ref((request) => textAt(request, message, part));
}
