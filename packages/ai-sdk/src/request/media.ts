import { type SharedV4FileData, UnsupportedFunctionalityError } from "@ai-sdk/provider";
import { detectMediaType } from "@ai-sdk/provider-utils";
import type { AudioPart, FilePart, ImagePart } from "@lumiverse/core";
import { base64 } from "@lumiverse/core/provider";

/** A file of the SDK's prompt. */
interface File {
  data: SharedV4FileData;
  /** A whole media type, or its first half alone (`image`, `image/*`). */
  mediaType: string;
  filename?: string | undefined;
}

/**
 * A file as an image, audio or file part, by its media type. A reference to an uploaded file is the vendor's id of the file, under the provider's id.
 * @throws UnsupportedFunctionalityError for a reference that has no id for this provider
 */
export function mediaPart({ data, mediaType, filename }: File, provider: string): ImagePart | AudioPart | FilePart {
  const [topLevel = "", subtype = "*"] = mediaType.split("/");
  const isWhole = subtype !== "*" && subtype !== "";
  const type = topLevel === "image" || topLevel === "audio" ? topLevel : "file";
  const name = type === "file" && filename !== undefined ? { filename } : {};
  switch (data.type) {
    case "url": {
      // In messages that were stored as JSON, the URL is a text.
      const url = data.originalUrl ?? String(data.url);
      const inline = /^data:([^;,]*)(?:;[^,]*)?;base64,(.*)$/s.exec(url);
      if (inline !== null)
        return mediaPart({ data: { type: "data", data: inline[2] ?? "" }, mediaType: inline[1] || mediaType, filename }, provider);
      return { type, url, ...(isWhole ? { mediaType } : {}), ...name };
    }
    case "data":
      return {
        type,
        data: typeof data.data === "string" ? data.data : base64(data.data),
        mediaType: isWhole ? mediaType : (detectMediaType({ data: data.data, topLevelType: topLevel }) ?? mediaType),
        ...name,
      };
    case "text":
      return { type: "file", data: base64(new TextEncoder().encode(data.text)), mediaType: isWhole ? mediaType : "text/plain", ...name };
    case "reference": {
      const url = data.reference[provider];
      if (url === undefined)
        throw new UnsupportedFunctionalityError({
          functionality: "file references",
          message: `The file has no reference for ${provider}, only for: ${Object.keys(data.reference).join(", ")}`,
        });
      return { type, url, ...(isWhole ? { mediaType } : {}), ...name };
    }
    default:
      return data satisfies never;
  }
}
