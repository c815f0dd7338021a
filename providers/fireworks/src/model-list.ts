import type { Capabilities, JsonObject } from "@lumiverse/core/provider";

/** The list also contains image models, some of which claim to support chat. */
export function isChatModel({ supports_chat: chat, kind }: JsonObject): boolean {
  return chat !== false && !(typeof kind === "string" && kind.startsWith("FLUMINA"));
}

/** The capabilities that a list entry states. */
export function listedCapabilities({ supports_image_input: image, supports_tools: tools }: JsonObject): Capabilities | undefined {
  if (typeof image !== "boolean" && typeof tools !== "boolean") return undefined;
  return { ...(typeof image === "boolean" ? { "input.image": image } : {}), ...(typeof tools === "boolean" ? { tools } : {}) };
}
