/** A server on the loopback address that waits for the redirect at the end of a sign-in. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Loopback {
  origin: string;
  /** Resolves with the full URL of the first request to that path. Rejects when the signal aborts. */
  returned(path: string, signal: AbortSignal): Promise<{ url: string; reply(ok: boolean): void }>;
  close(): void;
}

export async function loopback(port: number): Promise<Loopback> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP, so it is an AddressInfo
  return {
    origin,
    returned: (path, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        server.on("request", (request, response) => {
          const url = URL.parse(request.url ?? "/", origin);
          if (url === null) return void response.writeHead(400).end();
          // The path contains a nonce, so other requests (icons, port scanners) are not the redirect.
          if (request.method !== "GET" || url.pathname !== path) return void response.writeHead(404).end();
          resolve({
            url: url.href,
            reply(ok) {
              response
                .writeHead(ok ? 200 : 400, { "content-type": "text/html; charset=utf-8", connection: "close" })
                .end(
                  `<!doctype html><title>Lumiverse</title><p>${ok ? "You are signed in. You can close this page." : "The sign-in failed. The terminal shows the reason."}</p>`,
                );
            },
          });
        });
      }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
