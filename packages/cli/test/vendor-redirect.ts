/**
 * Loaded into a process of the command line with `--import`: sends everything that goes to a vendor to the stand-in that LUMIVERSE_TEST_VENDORS names. The vendor's
 * host is in the header `x-vendor-host`.
 */
import dns from "node:dns/promises";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import tls from "node:tls";

const standIn = new URL(process.env["LUMIVERSE_TEST_VENDORS"] ?? "http://127.0.0.1:9");
const isHere = (host: string): boolean => host === "127.0.0.1" || host === "localhost";

const send = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : String(input));
  if (isHere(url.hostname)) return send(input, init);
  const headers = new Headers(init?.headers);
  headers.set("x-vendor-host", url.host);
  return send(new URL(url.pathname + url.search, standIn), { ...init, headers });
};

// The doctor looks up names and opens sockets itself.
const connect = net.connect;
const redirected = (options: { host: string }, done?: () => void): net.Socket =>
  connect(isHere(options.host) ? (options as net.NetConnectOpts) : { host: standIn.hostname, port: Number(standIn.port) }, done);
Object.assign(net, { connect: redirected });
Object.assign(tls, { connect: redirected });
Object.assign(dns, { lookup: async () => [{ address: standIn.hostname, family: 4 }] });
syncBuiltinESMExports();
