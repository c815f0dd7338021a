/** The Anthropic Messages protocol: https://platform.claude.com/docs/en/api/messages */
import type { Protocol, Rendered } from "@lumiverse/core/provider";
import { loadSchemaCompiler } from "../schema/index.ts";
import type { MessagesPrefixDiff } from "./cache/prefix-diff.ts";
import { parseError } from "./errors.ts";
import type { MessagesHost, MessagesOptions } from "./host.ts";
import { removeUnlistedBetas } from "./request/betas.ts";
import { render } from "./request/render.ts";
import { removeUnsignedThinking } from "./request/turns.ts";
import { MessagesReader, type ReaderState } from "./response/reader.ts";
import { billingOf } from "./response/usage.ts";

export interface MessagesProtocol extends Protocol {
  /** Where the cacheable prefixes of two requests stop being byte-identical, and so why nothing was read from the cache. */
  diffPrefix(requests: { previous: Rendered; next: Rendered }): Promise<MessagesPrefixDiff>;
}

/** The protocol for a host, with the settings of a connection. Without arguments: Anthropic's own API with the vendor's defaults. */
export function messages(host: MessagesHost = {}, options: MessagesOptions = {}): MessagesProtocol {
  return {
    id: "messages",
    billing: billingOf,
    loadSchemaCompiler,
    replayBinding: "model",
    render: (call) => render(call, host, options),
    fitSpelling({ http, notes }) {
      if (host.clientBetas === "listed") removeUnlistedBetas(http, options, notes);
      if (host.unsignedThinking !== "send") removeUnsignedThinking(http, notes);
    },
    // `render` above is the only function that sets the state.
    reader: ({ call, rendered }) =>
      new MessagesReader(
        (rendered.state as ReaderState | undefined) ?? { toolName: (name) => name },
        call.request.vendorFields?.open("messages"),
      ),
    parseError: ({ failure }) => parseError(failure),
    // Only explain() compares two requests.
    diffPrefix: async (requests) => (await import("./cache/prefix-diff.ts")).diffPrefix(requests),
  };
}

export type { PromptCache } from "../shared/prompt-cache.ts";
export type { MessagesPrefixDiff } from "./cache/prefix-diff.ts";
export type { MessagesHost, MessagesOptions } from "./host.ts";
export { ignored } from "./ignored.ts";
export { recover } from "./recover.ts";
