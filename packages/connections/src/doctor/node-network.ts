import { lookup } from "node:dns/promises";
import { access, readFile } from "node:fs/promises";
import { get as getPlainly, Agent as PlainAgent, request as requestPlainly } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { get as getSecurely, request as requestSecurely, Agent as SecureAgent } from "node:https";
import { connect as connectTcp } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { hostOf, portOf } from "../socket-address.ts";
import type { Network, Tunnel, UsedProxy } from "./network.ts";

/** Milliseconds for each check. */
const PATIENCE = 5000;

/** The network as this process sees it. */
export const nodeNetwork: Network = {
  async lookup(host) {
    try {
      return { addresses: (await lookup(host, { all: true })).map(({ address }) => address) };
    } catch (cause) {
      return { code: socketCode(cause) };
    }
  },
  reach: (host, port) => failureOf((done) => connectTcp({ host, port }, done)),
  handshake: (host, port) => failureOf((done) => connectTls(tlsOptions(host, port), done)),
  lateAlert: async (host, port) => {
    // With TLS 1.3 a server looks at the client's certificate after the client's part of the handshake. `fetch` reports its alert as a closed socket. A server
    // that accepts the client sends session tickets instead.
    const code = await failureOf((done) => connectTls(tlsOptions(host, port)).once("session", done).once("end", done));
    return code?.startsWith("ERR_SSL_") === true ? code : undefined;
  },
  tunnel: openTunnel,
  status: (url) =>
    new Promise((resolve) => {
      const get = url.protocol === "https:" ? getSecurely : getPlainly;
      const request = get(url, { signal: AbortSignal.timeout(PATIENCE) }, (response) => {
        resolve(response.statusCode);
        // The body may have no end.
        request.destroy();
      });
      request.on("error", () => resolve(undefined));
    }),
  speaksHttp2: (url) =>
    new Promise((resolve) => {
      const session = connectHttp2(url.origin);
      const end = (speaks: boolean): void => {
        clearTimeout(timer);
        session.destroy();
        resolve(speaks);
      };
      const timer = setTimeout(() => end(false), PATIENCE);
      // A server of HTTP/2 begins with its settings.
      session.once("remoteSettings", () => end(true));
      session.on("error", () => end(false));
      session.once("close", () => end(false));
    }),
  async isContainer() {
    for (const mark of ["/.dockerenv", "/run/.containerenv"])
      if (
        await access(mark).then(
          () => true,
          () => false,
        )
      )
        return true;
    const groups = await readFile("/proc/1/cgroup", "utf8").catch(() => "");
    return /docker|kubepods|containerd|libpod/.test(groups);
  },
  proxy: proxyOf,
};

/** A name is sent to the server, so that it can choose the certificate; an address is not. */
function tlsOptions(host: string, port: number): ConnectionOptions {
  return { host, port, ...(/[a-z]/i.test(host) && !host.includes(":") ? { servername: host } : {}) };
}

/** As Node's fetch does it, which sends requests of plain http through a tunnel, too. */
function openTunnel(url: URL): Promise<Tunnel | undefined> {
  const address = process.env[proxyOf(url)?.variable ?? ""] ?? "";
  const proxy = URL.parse(address);
  if (proxy === null || !/^https?:$/.test(proxy.protocol)) return Promise.resolve(undefined);
  const isSecure = proxy.protocol === "https:";
  const { username, password } = proxy;
  const login = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64");
  const target = `${url.hostname}:${portOf(url)}`;
  const { promise, resolve } = Promise.withResolvers<Tunnel>();
  let isProxyReached = false;
  const request = (isSecure ? requestSecurely : requestPlainly)({
    host: hostOf(proxy),
    port: portOf(proxy),
    method: "CONNECT",
    path: target,
    // Never through the proxy of the environment, which is the proxy itself.
    agent: isSecure ? new SecureAgent() : new PlainAgent(),
    headers: { host: target, ...(username === "" && password === "" ? {} : { "proxy-authorization": `Basic ${login}` }) },
  });
  const end = (failure?: string): void => {
    clearTimeout(timer);
    request.destroy();
    resolve({ isProxyReached, ...(failure === undefined ? {} : { failure }) });
  };
  const timer = setTimeout(() => end("ETIMEDOUT"), PATIENCE);
  request.once("socket", (socket) => socket.once(isSecure ? "secureConnect" : "connect", () => void (isProxyReached = true)));
  request.once("connect", ({ statusCode = 0 }, socket) => {
    socket.destroy();
    end(statusCode === 200 ? undefined : `HTTP ${statusCode}`);
  });
  request.once("response", ({ statusCode = 0 }) => end(`HTTP ${statusCode}`));
  request.on("error", (cause) => end(socketCode(cause)));
  request.end();
  return promise;
}

/** A part of a URL that is not encoded, such as a password with a bare percent sign, stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The variables of curl and Node, by protocol: https://nodejs.org/api/http.html#built-in-proxy-support */
function proxyOf(url: URL): UsedProxy | undefined {
  const { protocol } = url;
  const names = protocol === "https:" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"];
  const variable = names.find((name) => (process.env[name] ?? "") !== "");
  if (variable === undefined || isExempt(url)) return undefined;
  const flags = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)];
  return { variable, isUsed: process.env["NODE_USE_ENV_PROXY"] === "1" || flags.includes("--use-env-proxy") };
}

/**
 * True for a URL that NO_PROXY exempts, as Node's fetch (undici) reads it: entries are separated by commas or blanks. An entry stands for a host and its
 * subdomains, with or without a leading dot, and for one port if it names one. `*` alone exempts every host.
 */
function isExempt(url: URL): boolean {
  const { hostname } = url;
  const listed = (process.env["no_proxy"] ?? process.env["NO_PROXY"] ?? "").toLowerCase();
  const called = String(portOf(url));
  return (
    listed.trim() === "*" ||
    listed.split(/[,\s]+/).some((entry) => {
      const [, host = entry, only = called] = /^(.+):(\d+)$/.exec(entry) ?? [];
      const domain = host.replace(/^\*?\./, "");
      return domain !== "" && only === called && (hostname === domain || hostname.endsWith(`.${domain}`));
    })
  );
}

function failureOf(open: (done: () => void) => import("node:net").Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    const end = (code: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(code);
    };
    // A socket's own timeout counts silence only, and a server can send its handshake byte by byte.
    const timer = setTimeout(() => end("ETIMEDOUT"), PATIENCE);
    const socket = open(() => end(undefined));
    socket.on("error", (cause) => end(socketCode(cause)));
  });
}

/** The code of a failed socket, such as `ECONNREFUSED`. */
export function socketCode(cause: unknown): string {
  // A host with several addresses fails with one error for each.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error && "code" in first && typeof first.code === "string" ? first.code : "UNKNOWN";
}
