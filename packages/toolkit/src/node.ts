/** Helpers for servers that use Node's `http` module: Express, Fastify and others. */
import type { ServerResponse } from "node:http";

/** Writes a Web `Response` to Node's. A client that leaves cancels the response's body, and so ends the stream behind it. */
export async function sendResponse(target: ServerResponse, response: Response): Promise<void> {
  target.writeHead(response.status, Object.fromEntries(response.headers));
  target.flushHeaders();
  const reader = response.body?.getReader();
  if (reader === undefined) {
    target.end();
    return;
  }
  const leave = (): void => void reader.cancel().catch(() => {});
  target.once("close", leave);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || target.destroyed) break;
      if (!target.write(value)) await drained(target);
    }
    target.end();
  } catch (error) {
    target.destroy(error instanceof Error ? error : new Error(String(error)));
  } finally {
    target.off("close", leave);
    // The socket of a client that left before the first byte was closed before anything listened for it.
    leave();
  }
}

async function drained(target: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      target.off("drain", done).off("close", done);
      resolve();
    };
    target.once("drain", done).once("close", done);
  });
}
