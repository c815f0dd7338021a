import { Duplex } from "node:stream";
import zlib from "node:zlib";
import type { Decoder } from "../server/read-body.ts";

/** Content encodings that Node decodes in addition to those of the Web. zstd needs Node 22.15. */
export function nodeDecoders(): Record<string, Decoder> {
  const decoders: Record<string, Decoder> = { br: through(() => zlib.createBrotliDecompress()) };
  if (typeof zlib.createZstdDecompress === "function") decoders["zstd"] = through(() => zlib.createZstdDecompress());
  return decoders;
}

function through(create: () => Duplex): Decoder {
  return (body) => {
    const { readable, writable } = Duplex.toWeb(create());
    // Node's own types of the same streams.
    return body.pipeThrough({ readable, writable } as unknown as ReadableWritablePair<Uint8Array, Uint8Array>);
  };
}
