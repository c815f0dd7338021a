/** A response with another body. Unlike a new `Response`, it keeps the address and any status: a server can send one that `Response` refuses, such as 999. */
export function withBody(response: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, ok, url, headers } = response;
  return Object.defineProperties(new Response(body, { headers }), {
    status: { value: status },
    statusText: { value: statusText },
    ok: { value: ok },
    url: { value: url },
  });
}
