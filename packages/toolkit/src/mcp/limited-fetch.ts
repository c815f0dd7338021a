import { withBody } from "@lumiverse/core/provider";

/** Bytes of one answer that are read, after decompression. */
const LONGEST_ANSWER = 64_000_000;

/**
 * `fetch` for a session: an answer is limited, because the SDK keeps all of it in memory. Redirects are left to the SDK, which stays within the origin, so
 * no other host receives the headers.
 */
export async function limitedFetch(input: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { redirect: "manual", ...init });
  return response.body === null ? response : withBody(response, response.body.pipeThrough(byteLimit()));
}

function byteLimit(): TransformStream<Uint8Array, Uint8Array> {
  let length = 0;
  return new TransformStream({
    transform(bytes, controller) {
      length += bytes.length;
      if (length > LONGEST_ANSWER) throw new Error(`the answer is longer than ${LONGEST_ANSWER} bytes`);
      controller.enqueue(bytes);
    },
  });
}
