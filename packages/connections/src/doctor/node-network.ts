import { lookup } from "node:dns/promises";
import { access, readFile } from "node:fs/promises";
import { get as getPlainly } from "node:http";
import { get as getSecurely } from "node:https";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Network, UsedProxy } from "./network.ts";

/** Milliseconds for each question. */
const PATIENCE = 5000;

/** The network as this process sees it. */
export const nodeNetwork: Network = {
  async lookup(host) {
    try {
      return { addresses: (await lookup(host, { all: true })).map(({ address }) => address) };
    } catch (cause) {
      return { code: codeOf(cause) };
    }
  },
  reach: (host, port) => failureOf((done) => connectTcp({ host, port }, done)),
  handshake: (host, port) =>
    failureOf((done) => connectTls({ host, port, ...(/[a-z]/i.test(host) && !host.includes(":") ? { servername: host } : {}) }, done)),
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
 * Entries of NO_PROXY as Node's fetch (undici) reads them: separated by commas or blanks, each with the hosts below it, whether or not it begins with a
 * dot, and for one port where it names one. `*` alone exempts every host.
 */
function isExempt({ protocol, hostname, port }: URL): boolean {
  const listed = (process.env["no_proxy"] ?? process.env["NO_PROXY"] ?? "").toLowerCase();
  const called = port === "" ? (protocol === "https:" ? "443" : "80") : port;
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
    // A socket's own timeout is one of silence, and a server can send a handshake byte by byte.
    const timer = setTimeout(() => end("ETIMEDOUT"), PATIENCE);
    const socket = open(() => end(undefined));
    socket.on("error", (cause) => end(codeOf(cause)));
  });
}

function codeOf(cause: unknown): string {
  // A host with several addresses fails with one error for each.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error && "code" in first && typeof first.code === "string" ? first.code : "UNKNOWN";
}
