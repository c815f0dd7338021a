import type { ChatEvent, ChatResponse, JsonObject, LumiverseError } from "@lumiverse/core";
import { wordOf } from "@lumiverse/core/provider";
import type { AnswerHead, ParsedRequest, StreamWriter } from "../protocol.ts";
import {
  type FilledMessage,
  openVendorMessages,
  taggerOf,
  type VendorMessageFields,
  type VendorMessages,
  vendorFailure,
} from "./vendor-messages.ts";

/** Makes the messages of a protocol from the neutral events of a vendor that speaks another one. */
export interface MessageBuilder {
  event(event: ChatEvent): JsonObject[];
  end(response: ChatResponse): JsonObject[];
  /** `sent`: what was sent before, where the messages were the vendor's own. */
  fail(error: LumiverseError, sent?: SentMessages): JsonObject[];
}

/** The vendor's own messages that a client has received. Their content may be missing. */
export interface SentMessages {
  first: JsonObject;
  last: JsonObject;
}

/** How messages become text. */
export interface StreamFormat {
  contentType: string;
  message(message: JsonObject, json: string): string;
  /** After the last message. */
  end: string;
  /** After an error, instead of `end`. */
  failed: string;
  heartbeat: string;
}

/** The name of a message's event. The vendor's own may be anything, and a line break in it would begin another event. */
export function eventName({ type }: JsonObject): string {
  return wordOf(type).replace(/[\r\n]/g, " ");
}

/** What is needed where the vendor speaks the client's protocol. */
export interface VendorStream {
  parsed: ParsedRequest;
  head: AnswerHead;
  fields: VendorMessageFields;
  /** Whether the client receives a message of the vendor. Absent: all. */
  wanted?: ((message: JsonObject) => boolean) | undefined;
}

/** A stream in one protocol. The vendor's own messages are used where the vendor speaks the same protocol. */
export class AnswerStream implements StreamWriter {
  readonly contentType: string;
  readonly #format: StreamFormat;
  readonly #builder: MessageBuilder;
  readonly #vendorOptions: VendorStream;
  #vendor: VendorMessages | undefined;
  #sent: SentMessages | undefined;

  constructor(format: StreamFormat, builder: MessageBuilder, vendorOptions: VendorStream) {
    this.contentType = format.contentType;
    this.#format = format;
    this.#builder = builder;
    this.#vendorOptions = vendorOptions;
  }

  write(events: readonly ChatEvent[]): string {
    let out = "";
    for (const event of events) {
      // A body where a stream was asked for is written as a stream from its neutral events.
      if (event.type === "vendor-fields" && event.whole === true) continue;
      if (event.type === "vendor-fields") this.#vendor ??= this.#openVendor();
      // A second answer can come from a vendor of another protocol.
      else if (event.type === "start" && this.#vendor?.justCame === false) this.#vendor = undefined;
      if (this.#vendor === undefined) out += this.#text(this.#builder.event(event));
      else {
        this.#vendor.add(event);
        out += this.#vendorText(this.#vendor.ready());
      }
    }
    return out;
  }

  end(response: ChatResponse): string {
    const text = this.#vendor === undefined ? this.#text(this.#builder.end(response)) : this.#vendorText(this.#vendor.rest());
    return text + this.#format.end;
  }

  fail(error: LumiverseError): string {
    const failure = vendorFailure(error);
    const rest = this.#vendorText(this.#vendor?.rest() ?? []);
    return rest + this.#text(failure === undefined ? this.#builder.fail(error, this.#sent) : [failure]) + this.#format.failed;
  }

  heartbeat(): string {
    return this.#format.heartbeat;
  }

  #openVendor(): VendorMessages {
    const { parsed, head, fields } = this.#vendorOptions;
    return openVendorMessages(parsed, head, fields);
  }

  #vendorText(messages: readonly FilledMessage[]): string {
    let out = "";
    const { wanted } = this.#vendorOptions;
    for (const { fields, json } of messages) {
      if (this.#sent === undefined) this.#sent = { first: fields, last: fields };
      else this.#sent.last = fields;
      if (wanted === undefined || wanted(fields)) out += this.#format.message(fields, json ?? JSON.stringify(fields));
    }
    return out;
  }

  #text(messages: readonly JsonObject[]): string {
    let out = "";
    if (messages.length === 0) return out;
    const { head, fields } = this.#vendorOptions;
    const tag = taggerOf(head, fields);
    for (const message of messages) out += this.#format.message(message, JSON.stringify(tag === undefined ? message : tag(message)));
    return out;
  }
}
