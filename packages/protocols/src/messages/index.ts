/** The Anthropic Messages wire: https://platform.claude.com/docs/en/api/messages */
import type { Protocol, Rendered } from "@lumiverse/core";
import { all, isRich } from "../plain.ts";
import { loadCompiler } from "../schema.ts";
import type { MessagesHost, MessagesOptions } from "./host.ts";
import type { PrefixDiff } from "./prefix.ts";
import { createReader, type ReaderState } from "./reader.ts";
import { render } from "./render.ts";
import { rich } from "./turns.ts";

export interface MessagesProtocol extends Protocol {
  /** Lazy: where the cacheable prefix of two requests stopped being byte-identical, and so why nothing was read from the cache. */
  diffPrefix(previous: Rendered, next: Rendered): Promise<PrefixDiff>;
}

/** The wire for a host, with what a person set. Without arguments: the vendor's own host. */
export function messages(host: MessagesHost = {}, options: MessagesOptions = {}): MessagesProtocol {
  return {
    id: "messages",
    framing: "sse",
    binds: "model",
    load: (call) => (isRich(call) ? all(rich.enter(), loadCompiler(call)) : undefined),
    render: (call) => render(call, host, options),
    // The state is what `render` above put there.
    reader: (_call, rendered) => createReader((rendered.state as ReaderState | undefined) ?? { toolName: (name) => name }),
    parseError: async (failure) => (await import("./errors.ts")).parseError(failure),
    diffPrefix: async (previous, next) => (await import("./prefix.ts")).diffPrefix(previous, next),
  };
}

export { cacheSummary } from "./cache.ts";
export { cacheInForce, type MessagesHost, type MessagesOptions, type PromptCache } from "./host.ts";
export { ignored } from "./ignored.ts";
export { keyCheck, modelList, tokenCount } from "./operations.ts";
export type { PrefixDiff } from "./prefix.ts";
export { recover } from "./recover.ts";
