/** Bytes of one answer that are read, after decompression. */
const LONGEST_ANSWER = 64_000_000;

/**
 * `fetch` for a session: an answer is limited, because the SDK keeps all of it in memory. Redirects are left to the SDK, which stays within the origin, so
 * no other host receives the headers.
 */
export async function limitedFetch(input: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { redirect: "manual", ...init });
  if (response.body === null) return response;
  const { status, ok, url, statusText, headers, body } = response;
  const limited = new Response(body.pipeThrough(byteLimit()), { headers });
  // A server can send a status that `Response` does not accept, such as 999. The SDK compares the address, which a new response does not have.
  return Object.defineProperties(limited, {
    status: { value: status },
    statusText: { value: statusText },
    ok: { value: ok },
    url: { value: url },
  });
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
