/** Pages of the allowed origins may read answers. Everybody else receives no permission. */
export async function withCors(
  request: Request,
  origins: readonly string[],
  answer: (request: Request) => Promise<Response>,
): Promise<Response> {
  const origin = request.headers.get("origin");
  if (origin === null || !origins.includes(origin)) return answer(request);
  const allow = { "access-control-allow-origin": origin, vary: "origin", "access-control-expose-headers": "*" };
  if (request.method === "OPTIONS")
    return new Response(null, {
      status: 204,
      headers: {
        ...allow,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "",
        "access-control-max-age": "600",
      },
    });
  const response = await answer(request);
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(allow)) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}
