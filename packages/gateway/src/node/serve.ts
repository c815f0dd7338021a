import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Gateway } from "../gateway.ts";
import { clientAddresses } from "./client-address.ts";

export interface ServeOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 4141. 0: any free port. */
  port?: number;
  /**
   * Addresses and ranges (`10.0.0.0/8`) of proxies in front of the gateway. Behind them, a client is known by the address that they state in `X-Forwarded-For`.
   * Default: none, so that the header is not believed.
   */
  trustedProxies?: readonly string[];
}

/** A gateway that listens. */
export interface GatewayServer {
  /** Such as `http://127.0.0.1:4141`. */
  readonly url: string;
  readonly port: number;
  /** Shuts the gateway down and stops listening. `/health/ready` answers 503 until then. @param options.graceMs As of `Gateway.close` */
  close(options?: { graceMs?: number }): Promise<void>;
}

export const DEFAULT_PORT = 4141;

/** Listens. @throws Error with the code `EADDRINUSE` when the port is taken @throws RangeError for a trusted proxy that is no address and no range */
export async function serveGateway(
  gateway: Gateway,
  { host = "127.0.0.1", port = DEFAULT_PORT, trustedProxies = [] }: ServeOptions = {},
): Promise<GatewayServer> {
  const hostname = host.includes(":") ? `[${host}]` : host;
  const clientOf = clientAddresses(trustedProxies);
  const server = createAdaptorServer({
    // The server speaks HTTP/1.1 alone.
    fetch: (request, { incoming }) => gateway.fetch(request, clientOf(incoming as IncomingMessage)),
    // Of requests without a Host, which HTTP/1.0 allows: health checks of load balancers send them.
    hostname,
    serverOptions: { ServerResponse: GatewayResponse },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://${hostname}:${address.port}`,
    port: address.port,
    async close(options) {
      await gateway.close(options);
      await closeConnections(server as Server);
    },
  };
}

/** Milliseconds that clients have to read the ends of answers that were written. */
const LONGEST_READ = 5000;
const SWEEP = 20;

/** Stops listening. Connections that are kept alive would keep the server open; one whose client has not read all of its answer ends when it has. */
async function closeConnections(server: Server): Promise<void> {
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP);
  const last = setTimeout(() => server.closeAllConnections(), LONGEST_READ);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearInterval(sweep);
  clearTimeout(last);
}

/** Sends the headers of a stream together with what is ready of its body. The adapter flushes them alone, which is one more write to the socket. */
class GatewayResponse<Request extends IncomingMessage> extends ServerResponse<Request> {
  override flushHeaders(): void {
    const { socket } = this;
    // The socket, not the response: Node 24 writes the end of a corked response before its chunks.
    socket?.cork();
    super.flushHeaders();
    setImmediate(() => socket?.uncork());
  }
}

/** Whether an address reaches this machine alone. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
