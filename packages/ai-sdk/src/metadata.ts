/**
 * The metadata of the parts of an answer, under `providerMetadata.lumiverse`. The SDK sends it back as `providerOptions.lumiverse` of the same part, so its
 * messages keep signatures and the vendor's own content, even as JSON in a browser or a database.
 */
import type { JSONObject, SharedV4ProviderMetadata, SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { Replay } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

/** The key of this package in `providerMetadata` and `providerOptions`. */
export const METADATA_KEY = "lumiverse";

/** The kind of the custom content that holds the payload of a whole message, because the SDK's messages keep metadata of their parts only. */
export const MESSAGE_KIND = "lumiverse.message";

export interface PartMetadata {
  /** The payload that its vendor expects back. */
  replay?: Replay | undefined;
  /** A tool call's arguments as the model wrote them, where the SDK's JSON differs. */
  arguments?: string | undefined;
  /** The `kind` of an opaque part, which the SDK holds as custom content or as a call that the vendor executed. */
  kind?: string | undefined;
  /** True on a result that came in one piece with its call. The call alone is sent back. */
  withCall?: boolean | undefined;
  /** True on streamed text that the host took back afterwards. It is not sent back. */
  replaced?: boolean | undefined;
  /** The text of generated audio. */
  transcript?: string | undefined;
  filename?: string | undefined;
  /** Where a source stands in the text, as in `SourcePart`. */
  number?: number | undefined;
  quote?: string | undefined;
  start?: number | undefined;
  end?: number | undefined;
}

/** The metadata as the SDK holds it. Nothing when every field is undefined. */
export function writeMetadata(fields: PartMetadata): { providerMetadata?: SharedV4ProviderMetadata } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  // Payloads come from JSON and stay JSON.
  return entries.length === 0 ? {} : { providerMetadata: { [METADATA_KEY]: Object.fromEntries(entries) as JSONObject } };
}

/** Reads the metadata of a part. Fields of a wrong type, which a page can send, are left out. */
export function readMetadata(options: SharedV4ProviderOptions | undefined): PartMetadata {
  const given = options?.[METADATA_KEY];
  if (!isObject(given)) return {};
  const { replay, arguments: written, kind, withCall, replaced, transcript, filename } = given;
  return {
    ...(isReplay(replay) ? { replay } : {}),
    ...(typeof written === "string" ? { arguments: written } : {}),
    ...(typeof kind === "string" ? { kind } : {}),
    ...(withCall === true ? { withCall } : {}),
    ...(replaced === true ? { replaced } : {}),
    ...(typeof transcript === "string" ? { transcript } : {}),
    ...(typeof filename === "string" ? { filename } : {}),
  };
}

function isReplay(value: unknown): value is Replay {
  if (!isObject(value) || !("data" in value)) return false;
  const { origin } = value;
  return isObject(origin) && ["provider", "protocol", "model", "scope"].every((field) => typeof origin[field] === "string");
}
