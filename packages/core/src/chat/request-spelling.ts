import type { JsonObject } from "./json.ts";
import type { ChatRequest } from "./request.ts";

/** A request as a client of a gateway wrote it: the values are those of the request, the spelling is the client's. */
export interface RequestSpelling {
  /** The client's protocol: `chat-completions`, `responses`, `messages` or `generate-content`. */
  protocol: string;
  /** Headers of the client that belong to the protocol, such as `anthropic-beta`. */
  headers?: Readonly<Record<string, string>>;
  /** Refuse what the model is known not to do, also where the vendor would judge it: for a call that another model can serve. Default false. */
  checked?: boolean;
  /**
   * The body in the client's spelling. The values come from `request`, which may have changed since the client wrote it. `rendered` is the body that the
   * provider's protocol makes of the request, for what the client's spelling has no place for. `settings` are those of its fields that come from the
   * connection's settings.
   */
  body(context: { request: ChatRequest; rendered: JsonObject; settings: JsonObject; streaming: boolean }): JsonObject;
}
