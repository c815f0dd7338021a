import type { ChatResponse, JsonObject, Part } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { type Reference, ref, textAt } from "./template.ts";

/** The words with which a model refused. Vendors of Chat Completions and Responses send a text, those of Messages an explanation. Empty: there are none. */
export function refusalText({ details }: ChatResponse): string {
  const { refusal } = details;
  const words = isObject(refusal) ? refusal["explanation"] : refusal;
  return typeof words === "string" ? words : "";
}

/** The words of a part that is a refusal. Undefined for other parts, which can have the field too, and for one without words. */
export function refusalIn({ type, text, refusal }: JsonObject): string | undefined {
  const isRefusal = type === "refusal" || typeof text !== "string";
  return isRefusal && typeof refusal === "string" && refusal !== "" ? refusal : undefined;
}

/** Adds the words of an earlier refusal as a text, which is what they are for vendors without a place of their own for them. Returns their place in the template. */
export function refusalReference(refusal: string, message: number, parts: Part[]): Reference {
  const part = parts.length;
  parts.push({ type: "text", text: refusal });
  return ref((request) => textAt(request, message, part));
}
