import type { Call } from "@lumiverse/core/provider";
import { claude } from "@lumiverse/protocols/families";
import type { MessagesHost } from "@lumiverse/protocols/messages";
import type { AnthropicSettings } from "./settings.ts";

export const BASE = "https://api.anthropic.com/v1";

const anthropicHost: MessagesHost = { traits: claude.claudeTraits };
/** A proxy may refuse unknown betas and `cache_control` at the top of the body with 400. Proxies have accepted `cache_control` on blocks for longer. */
const proxyHost: MessagesHost = { ...anthropicHost, betas: "listed", cache: "breakpoints" };

/** The host that a call goes to. A proxy counts as Anthropic when the caller states that it is a proxy of the vendor. */
export function hostOf({ baseURL, policy }: Call<AnthropicSettings>): MessagesHost {
  const isAnthropic = baseURL === undefined || baseURL.origin === new URL(BASE).origin || policy.replayScope === "vendor";
  return isAnthropic ? anthropicHost : proxyHost;
}
