/** The table of faults: each is named as itself and never as another, and a working server as none. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createSecureServer as createHttp2Server, createServer as createPlainHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { connect as connectTcp, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import {
  type CauseId,
  causeIds,
  createProfiles,
  type DiagnoseOptions,
  type Diagnosis,
  type DoctorSubject,
  diagnose,
  diagnoseSubject,
  lockedVault,
  masterKeyFromText,
  type Network,
  newMasterKey,
  openVault,
} from "@lumiverse/connections";
import { createOutboundGuard, nodeNetwork, openSqliteStore } from "@lumiverse/connections/node";
import { registry } from "@lumiverse/core";
import { fetch as fetchOfUndici, ProxyAgent } from "undici";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { type CertificateWish, canMakeCertificates, certificateMaker, valid } from "./certificates.ts";
import { chunk, type Fault, type FaultServer, isChat, isModels, json, PIECES, startFaultServer } from "./fault-server.ts";
import { providers } from "./providers.ts";

const servers: FaultServer[] = [];
const folder = mkdtempSync(join(tmpdir(), "lumiverse-doctor-"));
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
/** What the console of a team puts between its connections and the network. */
const guard = createOutboundGuard();
afterAll(async () => {
  await guard.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Row {
  cause: CauseId;
  /** How the fault is made, when one cause has several rows. */
  how: string;
  fault?: Fault;
  /** The provider whose vendor the server stands for. Absent: `custom` on the server's own address. */
  vendor?: string;
  /** Path of the base URL of `custom`. Default `/v1`. */
  path?: string;
  subject?: (
    server: FaultServer,
  ) => Partial<DoctorSubject["source"]> & { model?: string; reasoning?: NonNullable<DoctorSubject["reasoning"]> };
  options?: DiagnoseOptions;
  sentence: RegExp;
  /** A server with a certificate. */
  certificate?: CertificateWish;
}

const DAY = 86_400_000;
const certificate = canMakeCertificates ? certificateMaker(folder) : undefined;
const account = JSON.stringify({
  type: "service_account",
  project_id: "project-7",
  client_email: "bot@project-7.iam.gserviceaccount.com",
  private_key_id: "one",
  private_key: generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).privateKey,
});
const network = (changes: Partial<Network>): Network => ({ ...nodeNetwork, isContainer: async () => false, ...changes });
const outside = { network: network({}) };
const chat =
  (status: number, body: unknown, headers?: Record<string, string>): Fault =>
  (asked, response) =>
    isChat(asked) && json(response, status, body, headers);
const openaiError = (message: string, code: string | null = null, type = "invalid_request_error", param: string | null = null): object => ({
  error: { message, type, param, code },
});
/** A port at which nothing listens: below those a system hands out, so that no other test can be given it a moment later. */
const DEAD_PORT = 2;
/** A port that greets as an SSH server does. */
const ssh = createTcpServer((socket: Socket) => void socket.on("error", () => {}).end("SSH-2.0-Tests\r\n"));
const portOf = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => void server.close());
  return (server.address() as AddressInfo).port; // listening on TCP
};
const sshPort = await portOf(ssh);
const http2Port = await portOf(createPlainHttp2Server());
const secureHttp2Port = certificate === undefined ? 0 : await portOf(createHttp2Server(certificate(valid)));
/** OpenSSL permits TLS 1.1 at its lowest level of security alone. */
const oldTls = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
const oldTlsPort = certificate === undefined ? 0 : await portOf(createTlsServer({ ...certificate(valid), ...oldTls }));
const clientCertificatePort =
  certificate === undefined ? 0 : await portOf(createTlsServer({ ...certificate(valid), requestCert: true, rejectUnauthorized: true }));
const closingPort = certificate === undefined ? 0 : await portOf(createTlsServer(certificate(valid), (socket) => void socket.end()));
/** Fails as Node's fetch does. */
const failing =
  (code: string): typeof fetch =>
  () =>
    Promise.reject(Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(code), { code }) }));
const page = (status: number, headers: Record<string, string> = {}): Fault => {
  return (_, response) => {
    response.writeHead(status, { "content-type": "text/html", ...headers }).end(`<html><h1>${status}</h1></html>`);
    return true;
  };
};
const redirect =
  (location: string): Fault =>
  (_, response) =>
    void response.writeHead(302, { location }).end() === undefined;

const rows: readonly Row[] = [
  // The network.
  {
    cause: "host-not-found",
    how: "a host that does not exist",
    subject: () => ({ resolvedURL: "https://no-such-host.invalid/v1" }),
    options: {
      network: network({ lookup: async () => ({ code: "ENOTFOUND" }) }),
      connect: {
        fetch: () =>
          Promise.reject(
            Object.assign(new TypeError("fetch failed"), {
              cause: Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" }),
            }),
          ),
      },
    },
    sentence: /no host called no-such-host.invalid.*spelling/,
  },
  {
    cause: "dns-unavailable",
    how: "no name server",
    subject: () => ({ resolvedURL: "http://model.internal/v1" }),
    options: {
      network: network({ lookup: async () => ({ code: "EAI_AGAIN" }) }),
      connect: {
        fetch: () =>
          Promise.reject(
            Object.assign(new TypeError("fetch failed"), {
              cause: Object.assign(new Error("getaddrinfo EAI_AGAIN"), { code: "EAI_AGAIN" }),
            }),
          ),
      },
    },
    sentence: /could not be looked up.*name servers/,
  },
  {
    cause: "dns-unavailable",
    how: "a vendor's host without an address",
    vendor: "openai",
    options: { network: network({ lookup: async () => ({ code: "ENOTFOUND" }) }), connect: { fetch: failing("ENOTFOUND") } },
    sentence: /api\.openai\.com could not be looked up/,
  },
  {
    cause: "nothing-listens",
    how: "a closed port",
    subject: () => ({ resolvedURL: `http://127.0.0.1:${DEAD_PORT}/v1` }),
    options: outside,
    sentence: /Nothing listens at 127.0.0.1:\d+: start the server/,
  },
  {
    cause: "container-localhost",
    how: "localhost inside a container",
    subject: () => ({ resolvedURL: `http://127.0.0.1:${DEAD_PORT}/v1` }),
    options: {
      network: network({
        isContainer: async () => true,
        reach: async (host) => (host === "host.docker.internal" ? undefined : "ECONNREFUSED"),
      }),
    },
    sentence: /runs in a container.*http:\/\/host\.docker\.internal:\d+/,
  },
  {
    cause: "other-address",
    how: "a server that listens on the other loopback address",
    subject: ({ port }) => ({ resolvedURL: `http://[::1]:${port}/v1` }),
    options: {
      network: network({ reach: async (host) => (host === "127.0.0.1" ? undefined : "ECONNREFUSED") }),
      connect: {
        fetch: () =>
          Promise.reject(
            Object.assign(new TypeError("fetch failed"), {
              cause: Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }),
            }),
          ),
      },
    },
    sentence: /does not listen at \[::1\].*does at http:\/\/127\.0\.0\.1:\d+/,
  },
  {
    cause: "unreachable",
    how: "a host behind a firewall",
    subject: () => ({ resolvedURL: "http://10.1.2.3/v1" }),
    options: {
      network: network({ reach: async () => "ETIMEDOUT" }),
      connect: {
        fetch: () =>
          Promise.reject(
            Object.assign(new TypeError("fetch failed"), {
              cause: Object.assign(new Error("Connect Timeout Error"), { code: "UND_ERR_CONNECT_TIMEOUT" }),
            }),
          ),
      },
    },
    sentence: /10\.1\.2\.3 cannot be reached: check the network/,
  },
  {
    cause: "ipv6-only",
    how: "a host with IPv6 alone, from a machine without it",
    subject: () => ({ resolvedURL: "https://six.example/v1" }),
    options: {
      network: network({ lookup: async () => ({ addresses: ["2001:db8::1"] }), reach: async () => "ENETUNREACH" }),
      connect: { fetch: failing("ENETUNREACH") },
    },
    sentence: /six\.example has IPv6 addresses only/,
  },
  {
    cause: "proxy-unused",
    how: "a network that is left through a proxy only",
    subject: () => ({ resolvedURL: "https://model.example/v1" }),
    options: {
      network: network({ lookup: async () => ({ code: "ENOTFOUND" }), proxy: () => ({ variable: "HTTPS_PROXY", isUsed: false }) }),
      connect: { fetch: failing("ENOTFOUND") },
    },
    sentence: /does not use the proxy that HTTPS_PROXY names: start it with NODE_USE_ENV_PROXY=1/,
  },
  {
    cause: "proxy-unreachable",
    how: "a proxy that is switched off",
    subject: () => ({ resolvedURL: "https://model.example/v1" }),
    options: {
      network: network({ proxy: () => ({ variable: "HTTPS_PROXY", isUsed: true }) }),
      connect: { fetch: failing("ECONNREFUSED") },
    },
    sentence: /The proxy that HTTPS_PROXY names cannot be reached/,
  },
  {
    cause: "port-blocked",
    how: "a server at a port that is kept for something else",
    subject: () => ({ resolvedURL: "http://127.0.0.1:6000/v1" }),
    options: { network: network({ reach: async () => undefined, status: async () => undefined, handshake: async () => "ECONNRESET" }) },
    sentence: /Fetch standard blocks the port of 127\.0\.0\.1:6000/,
  },
  {
    cause: "not-http",
    how: "a server of something else",
    subject: () => ({ resolvedURL: `http://127.0.0.1:${sshPort}/v1` }),
    options: outside,
    sentence: /does not speak HTTP: correct the port/,
  },
  {
    cause: "address-not-allowed",
    how: "a server of this machine at a shared console",
    options: { network: guard.network, connect: { fetch: guard.fetch } },
    sentence: /may not reach: add it to/,
  },
  {
    cause: "connection-closed",
    how: "a server that hangs up",
    fault: (_, response) => void response.destroy() === undefined,
    options: outside,
    sentence: /closes the connection without an answer/,
  },
  {
    cause: "cors",
    how: "a page whose origin is not allowed",
    options: { isBrowser: true, connect: { fetch: () => Promise.reject(new TypeError("Failed to fetch")) } },
    sentence: /\(CORS\): allow this origin/,
  },
  // TLS.
  {
    cause: "certificate-untrusted",
    how: "a certificate that signs itself",
    certificate: { ...valid, isSelfSigned: true },
    options: outside,
    sentence: /not signed by an authority.*NODE_EXTRA_CA_CERTS/,
  },
  {
    cause: "certificate-expired",
    how: "a certificate of last year",
    certificate: { ...valid, from: new Date(Date.now() - 400 * DAY), until: new Date(Date.now() - 35 * DAY) },
    options: outside,
    sentence: /has expired: renew it on the server, or set this machine's clock/,
  },
  {
    cause: "certificate-not-yet-valid",
    how: "a certificate of next year",
    certificate: { ...valid, from: new Date(Date.now() + 35 * DAY), until: new Date(Date.now() + 400 * DAY) },
    options: outside,
    sentence: /not valid yet: set this machine's clock/,
  },
  {
    cause: "certificate-name",
    how: "a certificate of another host",
    certificate: { ...valid, host: "DNS:elsewhere.example" },
    options: outside,
    sentence: /belongs to another host/,
  },
  {
    cause: "secure-server",
    how: "http to a secure server that hangs up",
    certificate: valid,
    subject: ({ port }) => ({ resolvedURL: `http://127.0.0.1:${port}/v1` }),
    options: outside,
    sentence: /speaks https: write https:\/\//,
  },
  {
    cause: "plain-server",
    how: "https to a plain server",
    subject: ({ port }) => ({ resolvedURL: `https://127.0.0.1:${port}/v1` }),
    options: outside,
    sentence: /speaks plain http: write http:\/\//,
  },
  {
    cause: "secure-server",
    how: "http to a secure server that says so",
    fault: (_, response) => {
      response
        .writeHead(400, { "content-type": "text/html" })
        .end("<html><h1>400 Bad Request</h1>The plain HTTP request was sent to HTTPS port</html>");
      return true;
    },
    sentence: /speaks https: write https:\/\//,
  },
  {
    cause: "http2-only",
    how: "a plain server of HTTP/2",
    subject: () => ({ resolvedURL: `http://127.0.0.1:${http2Port}/v1` }),
    options: outside,
    sentence: /speaks HTTP\/2 only: switch HTTP\/1\.1 on/,
  },
  {
    cause: "http2-only",
    how: "a secure server of HTTP/2",
    certificate: valid,
    subject: () => ({ resolvedURL: `https://127.0.0.1:${secureHttp2Port}/v1` }),
    options: outside,
    sentence: /speaks HTTP\/2 only/,
  },
  {
    cause: "tls-incompatible",
    how: "a server of TLS 1.1",
    certificate: valid,
    subject: () => ({ resolvedURL: `https://127.0.0.1:${oldTlsPort}/v1` }),
    options: outside,
    sentence: /no version and cipher of TLS/,
  },
  {
    cause: "tls-refused",
    how: "a server that does not know the host name",
    subject: () => ({ resolvedURL: "https://model.example/v1" }),
    options: { connect: { fetch: failing("ERR_SSL_TLSV1_UNRECOGNIZED_NAME") } },
    sentence: /refuses the TLS handshake: use the host name/,
  },
  {
    cause: "client-certificate",
    how: "nginx without the client's certificate",
    fault: (_, response) => {
      response.writeHead(400, { "content-type": "text/html" });
      return void response.end("<html><title>400 No required SSL certificate was sent</title></html>") === undefined;
    },
    sentence: /requires a client certificate/,
  },
  {
    cause: "proxy-refused",
    how: "a proxy that does not allow the host",
    subject: () => ({ resolvedURL: "https://model.example/v1" }),
    options: {
      network: network({ proxy: () => ({ variable: "HTTPS_PROXY", isUsed: true }) }),
      connect: { fetch: failing("Proxy response (403) !== 200 when HTTP Tunneling") },
    },
    sentence: /proxy that HTTPS_PROXY names does not connect to model\.example \(“HTTP 403”\)/,
  },
  {
    cause: "nothing-listens",
    how: "a host in the local network that refuses the connection, where a proxy leads out of that network",
    subject: () => ({ resolvedURL: "http://192.168.7.7:1234/v1" }),
    options: {
      network: network({
        lookup: async () => ({ addresses: ["192.168.7.7"] }),
        reach: async () => "ECONNREFUSED",
        proxy: () => ({ variable: "HTTP_PROXY", isUsed: false }),
      }),
      connect: { fetch: failing("ECONNREFUSED") },
    },
    sentence: /Nothing listens at 192\.168\.7\.7:1234/,
  },
  {
    cause: "client-certificate",
    how: "TLS 1.3 without the client's certificate, whose alert comes after the handshake",
    certificate: valid,
    subject: () => ({ resolvedURL: `https://127.0.0.1:${clientCertificatePort}/v1` }),
    sentence: /requires a client certificate/,
    options: outside,
  },
  {
    cause: "connection-closed",
    how: "a server that closes connections after the TLS handshake",
    certificate: valid,
    subject: () => ({ resolvedURL: `https://127.0.0.1:${closingPort}/v1` }),
    sentence:
      /closes the connection without an answer: check that the port belongs to a model server and that it requires no client certificate/,
    options: outside,
  },
  {
    cause: "proxy-login",
    how: "a tunnel for which the proxy wants a login",
    subject: () => ({ resolvedURL: "https://model.example/v1" }),
    options: {
      network: network({ proxy: () => ({ variable: "HTTPS_PROXY", isUsed: true }) }),
      connect: { fetch: failing("Proxy response (407) !== 200 when HTTP Tunneling") },
    },
    sentence: /HTTP 407.*proxy's credentials/,
  },
  {
    cause: "name-blocked",
    how: "a filter for names",
    vendor: "openai",
    options: {
      network: network({
        isContainer: async () => true,
        lookup: async () => ({ addresses: ["0.0.0.0"] }),
        reach: async () => "ECONNREFUSED",
      }),
      connect: { fetch: failing("ECONNREFUSED") },
    },
    sentence: /api\.openai\.com leads to 0\.0\.0\.0, which is this machine/,
  },
  {
    cause: "nothing-listens",
    how: "another machine without the server, from inside a container",
    subject: () => ({ resolvedURL: "http://10.1.2.3:1234/v1" }),
    options: {
      network: network({ isContainer: async () => true, reach: async () => "ECONNREFUSED" }),
      connect: { fetch: failing("ECONNREFUSED") },
    },
    sentence: /Nothing listens at 10\.1\.2\.3:1234/,
  },
  // The address.
  {
    cause: "redirect-broken",
    how: "a redirect to itself",
    fault: (asked, response) => void response.writeHead(302, { location: asked.path }).end() === undefined,
    sentence: /redirects back to http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions: correct its configuration/,
  },
  {
    cause: "redirect-broken",
    how: "a redirect to nowhere",
    fault: (_, response) => void response.writeHead(302).end() === undefined,
    sentence: /redirects without saying where to/,
  },
  {
    cause: "login-page",
    how: "a page with a field for a password, in place of a server of one's own",
    fault: (_, response) =>
      void response.writeHead(200, { "content-type": "text/html" }).end('<html><form><input name=p type="password"></form></html>') ===
      undefined,
    sentence: /login page answers in place of 127\.0\.0\.1:\d+/,
  },
  {
    cause: "login-page",
    how: "a page that leads to a login",
    fault: (_, response) =>
      void response
        .writeHead(200, { "content-type": "text/html" })
        .end('<html><meta http-equiv="refresh" content="0;url=https://login.example.com/"></html>') === undefined,
    sentence: /login page answers/,
  },
  {
    cause: "proxy-login",
    how: "a proxy that wants a login",
    fault: (_, response) => json(response, 407, { message: "Proxy Authentication Required" }),
    options: outside,
    sentence: /HTTP 407.*proxy's credentials/,
  },
  {
    cause: "redirected",
    how: "a redirect to another host",
    fault: (_, response) => void response.writeHead(308, { location: "https://elsewhere.example/v1/chat/completions" }).end() === undefined,
    sentence: /redirects to another address/,
  },
  {
    cause: "html-page",
    how: "a web site",
    fault: (_, response) =>
      void response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Welcome</title>") === undefined,
    sentence: /web page answers.*not an API/,
  },
  {
    cause: "version-missing",
    how: "a base URL without /v1",
    path: "/llm",
    fault: (asked, response) => !asked.path.startsWith("/llm/v1/") && json(response, 404, { detail: "Not Found" }),
    sentence: /lacks its version: set it to http:\/\/127\.0\.0\.1:\d+\/llm\/v1\./,
  },
  {
    cause: "version-missing",
    how: "LM Studio's refusal in a 200",
    path: "/api",
    fault: (asked, response) =>
      !asked.path.startsWith("/v1/") && json(response, 200, { error: `Unexpected endpoint or method. (${asked.method} ${asked.path})` }),
    sentence: /lacks its version: set it to http:\/\/127\.0\.0\.1:\d+\/v1\./,
  },
  {
    cause: "version-doubled",
    how: "a base URL with two versions",
    path: "/v1/proxy/v1",
    fault: (asked, response) => !/^\/v1\/(?!proxy)/.test(asked.path) && json(response, 404, { detail: "Not Found" }),
    sentence: /version twice: set it to http:\/\/127\.0\.0\.1:\d+\/v1\./,
  },
  {
    cause: "wrong-path",
    how: "a path without any API",
    path: "/other/v1",
    fault: (_, response) => json(response, 404, { detail: "Not Found" }),
    sentence: /no such API under this path/,
  },
  {
    cause: "wrong-protocol",
    how: "a server that speaks another API",
    subject: () => ({ settings: { protocol: "messages" } }),
    sentence: /does not speak this API: choose chat-completions/,
  },
  {
    cause: "wrong-protocol",
    how: "a server that speaks Messages alone and lists no models",
    fault: ({ path }, response) =>
      path.endsWith("/messages")
        ? json(response, 200, {
            id: "msg_1",
            type: "message",
            role: "assistant",
            model: "good-model",
            content: [{ type: "text", text: "Hello" }],
            stop_reason: "end_turn",
            usage: { input_tokens: 1, output_tokens: 1 },
          })
        : json(response, 404, { type: "error", error: { type: "not_found_error", message: "Not found" } }),
    sentence: /does not speak this API: choose messages/,
  },
  {
    cause: "wrong-protocol",
    how: "Anthropic's provider on a server of another API",
    subject: ({ origin }) => ({
      provider: registry().get("anthropic"),
      resolvedURL: `${origin}/v1`,
      auth: "key",
      key: "key-of-the-test-0123",
    }),
    options: outside,
    sentence: /does not speak the API of Anthropic, but Chat Completions: choose the provider Custom/,
  },
  {
    cause: "not-a-model-server",
    how: "some other JSON API",
    fault: (_, response) => json(response, 200, { status: "up" }),
    sentence: /no model server/,
  },
  {
    cause: "redirected",
    how: "a redirect to https",
    fault: (asked, response) => void response.writeHead(301, { location: `https://127.0.0.1:1${asked.path}` }).end() === undefined,
    sentence: /set the API URL to https:\/\/127\.0\.0\.1:1\/v1, if you trust it/,
  },
  {
    cause: "login-page",
    how: "a network that wants a person to sign in",
    fault: redirect("http://login.hotel.example/portal?from=1"),
    sentence: /login page of login\.hotel\.example answers in place of 127\.0\.0\.1:\d+/,
  },
  {
    cause: "login-page",
    how: "Cloudflare Access",
    fault: redirect("https://team.cloudflareaccess.com/cdn-cgi/access/x"),
    sentence: /login page/,
  },
  { cause: "login-page", how: "a page in place of a vendor", vendor: "openai", fault: page(200), sentence: /in place of api\.openai\.com/ },
  {
    cause: "site-login",
    how: "a web server with a password",
    fault: page(401, { "www-authenticate": 'Basic realm="x"' }),
    sentence: /a login of its own \(HTTP 401\)/,
  },
  {
    cause: "access-refused",
    how: "a firewall of the web",
    fault: page(403, { server: "cloudflare" }),
    sentence: /Requests from here are refused/,
  },
  {
    cause: "access-refused",
    how: "a host name that the server does not accept",
    fault: (_, response) => json(response, 403, { error: "Host not allowed" }),
    sentence: /refused at 127.*“Host not allowed”/,
  },
  {
    cause: "access-refused",
    how: "a key that works from other addresses",
    vendor: "openai",
    fault: (_, response) => json(response, 401, openaiError("Your IP address is not in the allow list of this key.", "ip_not_authorized")),
    sentence: /refused at api\.openai\.com/,
  },
  {
    cause: "access-refused",
    how: "Anthropic's refusal of a country or a VPN",
    vendor: "anthropic",
    fault: chat(403, { type: "error", error: { type: "forbidden", message: "Request not allowed" } }),
    sentence: /check which hosts, addresses and countries/,
  },
  { cause: "request-refused", how: "a proxy with a small limit", fault: page(413), sentence: /HTTP 413.*client_max_body_size/ },
  {
    cause: "request-refused",
    how: "a host name that another server serves",
    fault: (_, response) => void response.writeHead(421).end("Misdirected Request") === undefined,
    sentence: /HTTP 421.*use the host name/,
  },
  {
    cause: "no-chat-api",
    how: "a server that lists models alone",
    fault: chat(404, { detail: "Not Found" }),
    sentence: /lists models and has no API to chat/,
  },
  {
    cause: "country-not-served",
    how: "OpenAI's refusal of a country",
    vendor: "openai",
    fault: chat(
      403,
      openaiError("Country, region, or territory not supported", "unsupported_country_region_territory", "request_forbidden"),
    ),
    sentence: /OpenAI does not serve the country/,
  },
  {
    cause: "country-not-served",
    how: "Google's refusal of a country",
    vendor: "google",
    fault: chat(400, { error: { code: 400, message: "User location is not supported for the API use.", status: "FAILED_PRECONDITION" } }),
    sentence: /Google Gemini does not serve the country/,
  },
  {
    cause: "account-suspended",
    how: "a suspended account",
    vendor: "openai",
    fault: chat(403, openaiError("Your account has been suspended.")),
    sentence: /OpenAI has suspended the account/,
  },
  {
    cause: "organization-unverified",
    how: "a model for verified organizations",
    vendor: "openai",
    fault: chat(404, openaiError("Your organization must be verified to use the model `good-model`.", "model_not_found")),
    sentence: /requires a verified organization.*verify it/,
  },
  // The key.
  {
    cause: "key-wrong",
    how: "OpenAI's refusal of a key",
    vendor: "openai",
    fault: (asked, response) => asked.method !== "" && json(response, 401, openaiError("Incorrect API key provided.", "invalid_api_key")),
    sentence: /OpenAI refuses the key.*platform\.openai\.com/,
  },
  {
    cause: "key-of-other-vendor",
    how: "a key of Anthropic at OpenAI",
    vendor: "openai",
    subject: () => ({ key: "sk-ant-api03-0123456789" }),
    fault: (_, response) => json(response, 401, openaiError("Incorrect API key provided.", "invalid_api_key")),
    sentence: /belongs to Anthropic, not to OpenAI/,
  },
  {
    cause: "server-wants-key",
    how: "a local server that was started with a key",
    fault: (asked, response) =>
      asked.headers.authorization === undefined &&
      json(response, 401, { error: { code: 401, message: "Invalid API Key", type: "authentication_error" } }),
    sentence: /needs a key, and this connection sends none/,
  },
  {
    cause: "server-wants-key",
    how: "a server that says 403 of a missing key",
    fault: (asked, response) => asked.headers.authorization === undefined && json(response, 403, { detail: "Not authenticated" }),
    sentence: /needs a key, and this connection sends none/,
  },
  {
    cause: "key-malformed",
    how: "a vendor that refuses an example",
    vendor: "openai",
    subject: () => ({ key: "YOUR_API_KEY" }),
    fault: (_, response) => json(response, 401, openaiError("Incorrect API key provided.", "invalid_api_key")),
    sentence: /^The stored key cannot be valid \(“it looks like an example that stands for a key”\): paste the whole key/,
  },
  {
    cause: "key-wrong",
    how: "a server of one's own that was started with another example as its key",
    subject: () => ({ auth: "key", key: "$mykey" }),
    fault: (_, response) => json(response, 401, openaiError("Invalid API Key")),
    sentence: /refuses the key \(“Invalid API Key”\)/,
  },
  {
    cause: "key-wrong",
    how: "llama.cpp with another key",
    subject: () => ({ auth: "key", key: "key-of-the-test-0123" }),
    fault: (_, response) => json(response, 401, { error: { code: 401, message: "Invalid API Key", type: "authentication_error" } }),
    sentence: /refuses the key \(“Invalid API Key”\): enter one that it accepts\.$/,
  },
  {
    cause: "key-wrong",
    how: "OpenAI's provider on a proxy with keys of its own",
    subject: ({ origin }) => ({
      provider: registry().get("openai"),
      resolvedURL: `${origin}/v1`,
      auth: "key",
      key: "key-of-the-test-0123",
    }),
    fault: (_, response) => json(response, 401, { error: { message: "Invalid proxy key" } }),
    sentence: /^The server at 127\.0\.0\.1:\d+ refuses the key \(“Invalid proxy key”\): enter one that it accepts\.$/,
  },
  {
    cause: "key-wrong-product",
    how: "a Coding Plan key on Z.AI's general endpoint (1113)",
    vendor: "zai",
    fault: (asked, response) =>
      isChat(asked) &&
      !asked.path.startsWith("/api/coding/") &&
      json(response, 429, { error: { code: "1113", message: "Insufficient balance or no resource package. Please recharge." } }),
    sentence: /another product of Z\.AI: set “Use Coding Plan endpoint” to on/,
  },
  {
    cause: "key-wrong-product",
    how: "a key of bigmodel.cn at api.z.ai",
    vendor: "zai",
    fault: (asked, response) =>
      asked.host === "api.z.ai" && isChat(asked) && json(response, 401, { error: { code: "1000", message: "Authentication Failed" } }),
    sentence: /another product of Z\.AI: set “Region” to cn/,
  },
  {
    cause: "management-key",
    how: "OpenRouter's management key",
    vendor: "openrouter",
    fault: (asked, response) =>
      asked.path.endsWith("/key")
        ? json(response, 200, { data: { label: "m", usage: 0, limit: null, limit_remaining: null, is_management_key: true } })
        : asked.path.endsWith("/credits")
          ? json(response, 200, { data: { total_credits: 10, total_usage: 1 } })
          : isChat(asked) && json(response, 401, { error: { code: 401, message: "This key cannot call models" } }),
    sentence: /management key, which cannot call models.*openrouter\.ai\/settings\/keys/,
  },
  {
    cause: "key-restricted",
    how: "a key without permission",
    vendor: "openai",
    fault: chat(403, openaiError("You have insufficient permissions for this operation.", "insufficient_permissions")),
    sentence: /may not do this/,
  },
  {
    cause: "key-restricted",
    how: "a refusal of a membership",
    vendor: "openai",
    fault: chat(403, openaiError("This membership is not authorized for the operation.", "membership_not_authorized")),
    sentence: /may not do this/,
  },
  {
    cause: "api-disabled",
    how: "Vertex AI not enabled in the project",
    vendor: "google-vertex",
    fault: (asked, response) =>
      asked.path.includes("publishers") &&
      json(response, 403, {
        error: {
          code: 403,
          message: "Agent Platform API has not been used in project 7 before or it is disabled.",
          status: "PERMISSION_DENIED",
          details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "SERVICE_DISABLED", domain: "googleapis.com" }],
        },
      }),
    sentence: /API is not enabled/,
  },
  {
    cause: "role-missing",
    how: "a service account without the role",
    vendor: "google-vertex",
    fault: (asked, response) =>
      asked.path.includes("publishers") &&
      json(response, 403, {
        error: {
          code: 403,
          message: "Permission 'aiplatform.endpoints.predict' denied on resource",
          status: "PERMISSION_DENIED",
          details: [
            { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "IAM_PERMISSION_DENIED", domain: "aiplatform.googleapis.com" },
          ],
        },
      }),
    sentence: /lacks a role.*Vertex AI User/,
  },
  {
    cause: "service-account-gone",
    how: "a deleted service account",
    vendor: "google-vertex",
    fault: (asked, response) =>
      asked.path.endsWith("/token") &&
      json(response, 400, { error: "invalid_grant", error_description: "Invalid grant: account not found" }),
    sentence: /disabled or deleted/,
  },
  {
    cause: "clock-off",
    how: "Google's refusal of a token from the past",
    vendor: "google-vertex",
    fault: (asked, response) =>
      asked.path.endsWith("/token") &&
      json(
        response,
        400,
        {
          error: "invalid_grant",
          error_description:
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
        },
        { date: new Date(Date.now() + 3_600_000).toUTCString() },
      ),
    sentence: /clock is off by 60 minutes/,
  },
  // Plan and balance.
  {
    cause: "balance-empty",
    how: "OpenAI's exhausted quota",
    vendor: "openai",
    fault: chat(
      429,
      openaiError(
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "insufficient_quota",
      ),
    ),
    sentence: /no balance for this call/,
  },
  {
    cause: "balance-empty",
    how: "Z.AI's 1113 on both endpoints",
    vendor: "zai",
    fault: chat(429, { error: { code: "1113", message: "Insufficient balance or no resource package. Please recharge." } }),
    sentence: /no balance for this call/,
  },
  {
    cause: "key-limit-reached",
    how: "an OpenRouter key whose own limit is used up",
    vendor: "openrouter",
    fault: (asked, response) =>
      asked.path.endsWith("/key")
        ? json(response, 200, { data: { label: "k", usage: 5, limit: 5, limit_remaining: 0 } })
        : isChat(asked) && json(response, 403, { error: { code: 403, message: "Key limit exceeded" } }),
    sentence: /own spending limit is used up/,
  },
  {
    cause: "plan-inactive",
    how: "an expired Coding Plan (1309)",
    vendor: "zai",
    fault: chat(429, { error: { code: "1309", message: "Your plan has expired" } }),
    sentence: /plan is not active/,
  },
  {
    cause: "plan-without-model",
    how: "a model outside of the plan (1311)",
    vendor: "zai",
    fault: chat(429, { error: { code: "1311", message: "The subscription does not include this model" } }),
    sentence: /does not include good-model/,
  },
  {
    cause: "plan-without-model",
    how: "a free tier of Google's with a quota of 0",
    vendor: "google",
    fault: chat(429, {
      error: {
        code: 429,
        message: "You exceeded your current quota. * Quota exceeded for metric: x, limit: 0",
        status: "RESOURCE_EXHAUSTED",
      },
    }),
    sentence: /does not include good-model/,
  },
  {
    cause: "plan-window-used",
    how: "a used-up window (1308)",
    vendor: "zai",
    fault: chat(429, { error: { code: "1308", message: "Usage limit reached for 5 hours" } }),
    sentence: /window of the plan is used up/,
  },
  // The model.
  {
    cause: "model-not-found",
    how: "a misspelt model",
    vendor: "openai",
    subject: () => ({ model: "god-model" }),
    fault: chat(404, openaiError("The model `god-model` does not exist or you do not have access to it.", "model_not_found")),
    sentence: /no model god-model here: did you mean good-model\?/,
  },
  {
    cause: "model-retired",
    how: "a model that the vendor has switched off",
    vendor: "groq",
    fault: chat(400, openaiError("The model `good-model` has been decommissioned and is no longer supported.", "model_decommissioned")),
    sentence: /has retired good-model/,
  },
  {
    cause: "model-not-allowed",
    how: "a listed model that the key's project may not use",
    vendor: "openai",
    fault: chat(403, openaiError("Project `p` does not have access to model `good-model`", "model_not_found")),
    sentence: /The key may not use good-model.*: choose another model/,
  },
  {
    cause: "terms-not-accepted",
    how: "a model with terms",
    vendor: "groq",
    fault: chat(400, openaiError("The model `good-model` requires terms acceptance.", "model_terms_required")),
    sentence: /terms of good-model are not accepted/,
  },
  {
    cause: "model-not-loaded",
    how: "Ollama without the model",
    subject: () => ({ model: "good-modl:8b" }),
    fault: chat(404, {
      error: { message: "model 'good-modl:8b' not found, try pulling it first", type: "not_found_error", param: null, code: null },
    }),
    sentence: /has not loaded good-modl:8b.*good-model/,
  },
  {
    cause: "model-not-loaded",
    how: "LM Studio with nothing loaded",
    fault: chat(400, {
      error: {
        message: "No models loaded. Please load a model in the developer page or use the 'lms load' command.",
        type: "invalid_request_error",
        param: "model",
        code: null,
      },
    }),
    sentence: /has not loaded good-model/,
  },
  {
    cause: "model-loading",
    how: "llama.cpp while it loads",
    fault: (_, response) => json(response, 503, { error: { code: 503, message: "Loading model", type: "unavailable_error" } }),
    sentence: /still loading the model: wait/,
  },
  {
    cause: "model-loading",
    how: "a server that lists its model and keeps silent",
    fault: (asked) => (isChat(asked) ? new Promise(() => {}) : false),
    options: { chatTimeoutMs: 400 },
    sentence: /still loading the model \(no answer for/,
  },
  {
    cause: "not-a-chat-model",
    how: "a model for embeddings",
    fault: chat(400, { error: { message: '"good-model" does not support chat', type: "invalid_request_error", param: null, code: null } }),
    sentence: /is no chat model/,
  },
  {
    cause: "not-a-chat-model",
    how: "llama.cpp that was started for embeddings",
    fault: chat(501, {
      error: {
        code: 501,
        message: "This server does not support completions. Start it without `--embeddings`",
        type: "not_supported_error",
      },
    }),
    sentence: /is no chat model \(“This server does not support completions/,
  },
  {
    cause: "not-a-chat-model",
    how: "vLLM with a model that has no chat template",
    fault: chat(400, { object: "error", message: "As of transformers v4.44, default chat template is no longer allowed", code: 400 }),
    sentence: /is no chat model/,
  },
  {
    cause: "model-not-loaded",
    how: "a listed model that a server without keys cannot load",
    fault: chat(404, openaiError("Model not found: good-model. Failed to load model")),
    sentence: /has not loaded good-model/,
  },
  {
    cause: "key-limit-reached",
    how: "LiteLLM's refusal of a key whose budget is spent",
    subject: () => ({ auth: "key", key: "key-of-the-test-0123" }),
    fault: chat(400, openaiError("ExceededBudget: Current spend: 1.2, Max Budget: 1.0", "400", "budget_exceeded")),
    sentence: /spending limit is used up/,
  },
  {
    cause: "setting-refused",
    how: "a refusal that names no field",
    fault: chat(400, openaiError("No connected db.", "400", "no_db_connection")),
    sentence: /The server at 127\.0\.0\.1:\d+ refuses the request \(“No connected db\.”\): correct what it names/,
  },
  {
    cause: "data-policy",
    how: "OpenRouter's privacy settings",
    vendor: "openrouter",
    fault: chat(404, {
      error: { code: 404, message: "No endpoints found matching your data policy. Configure: https://openrouter.ai/settings/privacy" },
    }),
    sentence: /privacy settings exclude/,
  },
  {
    cause: "routing-excludes",
    how: "OpenRouter's list of providers",
    vendor: "openrouter",
    fault: chat(404, { error: { code: 404, message: "No allowed providers are available for the selected model." } }),
    sentence: /routing settings exclude/,
  },
  {
    cause: "parameters-unsupported",
    how: "required parameters at OpenRouter",
    vendor: "openrouter",
    fault: chat(404, { error: { code: 404, message: "No endpoints found that can handle the requested parameters." } }),
    sentence: /accepts everything/,
  },
  // The chat.
  {
    cause: "rate-limited",
    how: "too many calls",
    vendor: "openai",
    fault: chat(429, openaiError("Rate limit reached for requests", "rate_limit_exceeded", "requests"), { "retry-after": "20" }),
    sentence: /no more calls for now.*wait 20 s/,
  },
  {
    cause: "overloaded",
    how: "a busy server",
    fault: chat(503, { detail: { msg: "Server is busy; please try again later.", type: "service_unavailable" } }),
    sentence: /overloaded/,
  },
  {
    cause: "server-error",
    how: "a server that crashes",
    fault: chat(500, { error: { message: "llama runner process has terminated", type: "server_error" } }),
    sentence: /fails.*runner process/,
  },
  { cause: "server-error", how: "an error page", fault: page(500), sentence: /fails.*HTTP 500/ },
  {
    cause: "out-of-memory",
    how: "a model that is too large",
    fault: chat(500, { error: { message: "model requires more system memory (8.4 GiB) than is available (3.2 GiB)", type: "api_error" } }),
    sentence: /too little memory for good-model/,
  },
  { cause: "gateway-error", how: "Cloudflare without its server", fault: page(522), sentence: /HTTP 522/ },
  { cause: "gateway-error", how: "a proxy whose server is down", fault: page(503), sentence: /HTTP 503/ },
  {
    cause: "gateway-error",
    how: "a tunnel without its server",
    fault: page(404, { "ngrok-error-code": "ERR_NGROK_3200" }),
    sentence: /cannot reach/,
  },
  { cause: "rate-limited", how: "a limit of the proxy", fault: page(429), sentence: /The server at 127.0.0.1:\d+ accepts no more calls/ },
  {
    cause: "gateway-error",
    how: "a proxy without its server",
    fault: (_, response) =>
      void response.writeHead(502, { "content-type": "text/html" }).end("<html><h1>502 Bad Gateway</h1></html>") === undefined,
    sentence: /proxy in front of/,
  },
  {
    cause: "setting-refused",
    how: "a server that rejects only the reasoning effort",
    subject: () => ({ reasoning: { effort: "high" } }),
    fault: (asked, response) =>
      isChat(asked) &&
      "reasoning_effort" in asked.body &&
      json(response, 400, openaiError("Unrecognized request argument supplied: reasoning_effort")),
    sentence: /refuses reasoning_effort/,
  },
  {
    cause: "setting-refused",
    how: "a server that rejects only a custom header",
    subject: () => ({ settings: { headers: { "x-team": "blue" } } }),
    fault: (asked, response) =>
      isChat(asked) && asked.headers["x-team"] !== undefined && json(response, 400, { error: { message: "Bad Request" } }),
    sentence: /refuses the setting “.* headers”/,
  },
  {
    cause: "setting-refused",
    how: "a server that rejects an extra field",
    subject: () => ({ settings: { includeBody: { top_a: 1 } } }),
    fault: (asked, response) =>
      isChat(asked) &&
      "top_a" in asked.body &&
      json(response, 422, { detail: [{ loc: ["body", "top_a"], msg: "extra fields not permitted", type: "value_error.extra" }] }),
    sentence: /refuses top_a \(the setting “.* request fields”\)/,
  },
  {
    cause: "prompt-refused",
    how: "a content filter",
    vendor: "openai",
    fault: chat(400, openaiError("The response was filtered.", "content_filter")),
    sentence: /content filter/,
  },
  {
    cause: "context-too-small",
    how: "a tiny context",
    fault: chat(400, {
      error: { code: 400, message: "the request exceeds the available context size", type: "exceed_context_size_error" },
    }),
    sentence: /context is too small/,
  },
  {
    cause: "answer-unreadable",
    how: "an answer in no known format",
    fault: (asked, response) =>
      isChat(asked) && void response.writeHead(200, { "content-type": "application/json" }).end('["surprise"]') === undefined,
    sentence: /no format that is known/,
  },
  {
    cause: "answer-unreadable",
    how: "an answer that is not compressed as it says",
    fault: (asked, response) =>
      isChat(asked) &&
      void response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end("plain") === undefined,
    sentence: /no format that is known/,
  },
  {
    cause: "answer-cut",
    how: "an answer that breaks off",
    fault: (asked, response) => {
      if (!isChat(asked)) return false;
      response.writeHead(200, { "content-type": "application/json", "content-length": "500" }).write('{"id":');
      setTimeout(() => response.destroy(), 20);
      return true;
    },
    sentence: /breaks off in the middle/,
  },
  {
    cause: "chat-timeout",
    how: "a silent vendor",
    vendor: "openai",
    fault: (asked) => (isChat(asked) ? new Promise(() => {}) : false),
    options: { chatTimeoutMs: 400 },
    sentence: /did not answer the chat within/,
  },
  // The stream.
  {
    cause: "stream-refused",
    how: "a server that rejects only streaming",
    fault: (asked, response) =>
      isChat(asked) && asked.body["stream"] === true && json(response, 400, openaiError("Streaming is not supported")),
    sentence: /refuses to stream.*set “Streaming” of this connection to “No”/,
  },
  {
    cause: "stream-refused",
    how: "a vendor that rejects only streaming, without a setting for it",
    vendor: "openai",
    fault: (asked, response) =>
      isChat(asked) && asked.body["stream"] === true && json(response, 400, openaiError("Streaming is not supported")),
    sentence: /^OpenAI answers, but refuses to stream.*choose a model that streams/,
  },
  {
    cause: "stream-buffered",
    how: "a proxy that collects the stream",
    fault: async (asked, response) => {
      if (!isChat(asked) || asked.body["stream"] !== true) return false;
      await new Promise((resolve) => setTimeout(resolve, 900));
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(`${PIECES.map((piece) => chunk(piece)).join("")}${chunk(undefined, "stop")}data: [DONE]\n\n`);
      return true;
    },
    sentence: /collects the stream.*proxy_buffering off/,
  },
  {
    cause: "stream-cut",
    how: "a stream that breaks off",
    fault: (asked, response) => {
      if (!isChat(asked) || asked.body["stream"] !== true) return false;
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(chunk("One") + chunk(" two"));
      return true;
    },
    sentence: /breaks off before the answer is complete/,
  },
  {
    cause: "stream-cut",
    how: "a stream that ends after its headers",
    fault: (asked, response) =>
      isChat(asked) &&
      asked.body["stream"] === true &&
      void response.writeHead(200, { "content-type": "text/event-stream" }).end() === undefined,
    sentence: /breaks off before the answer is complete/,
  },
  {
    cause: "stream-stalled",
    how: "a stream that stands still",
    fault: (asked, response) =>
      isChat(asked) &&
      asked.body["stream"] === true &&
      response.writeHead(200, { "content-type": "text/event-stream" }).write(chunk("One")) !== undefined,
    options: { chatTimeoutMs: 600 },
    sentence: /stops without an end/,
  },
  {
    cause: "server-error",
    how: "a server that fails in the middle of a stream",
    fault: (asked, response) =>
      isChat(asked) &&
      asked.body["stream"] === true &&
      void response
        .writeHead(200, { "content-type": "text/event-stream" })
        .end('data: {"error":{"message":"CUDA out of memory","code":500}}\n\n') === undefined,
    sentence: /fails.*out of memory/,
  },
  {
    cause: "stream-unreadable",
    how: "a stream in no known format",
    fault: (asked, response) =>
      isChat(asked) &&
      asked.body["stream"] === true &&
      void response.writeHead(200, { "content-type": "text/event-stream" }).end("data: surprise\n\ndata: again\n\n") === undefined,
    sentence: /stream of .* is in no format/,
  },
];

async function examine(row: Row): Promise<{ diagnosis: Diagnosis; server: FaultServer }> {
  const secure = row.certificate === undefined ? undefined : certificate?.(row.certificate);
  const server = await startFaultServer(row.fault, secure);
  servers.push(server);
  const { model = "good-model", reasoning, ...changes } = row.subject?.(server) ?? {};
  const isVertex = row.vendor === "google-vertex";
  const subject: DoctorSubject = {
    name: "Mine",
    model,
    ...(reasoning === undefined ? {} : { reasoning }),
    source: {
      provider: registry().get(row.vendor ?? "custom"),
      settings: {},
      ...(row.vendor === undefined
        ? { auth: "none", resolvedURL: `${server.origin}${row.path ?? "/v1"}` }
        : { auth: "key", key: isVertex ? account : "key-of-the-test-0123" }),
      ...changes,
    },
  };
  const connect = row.vendor === undefined ? {} : { fetch: server.vendorFetch };
  const diagnosis = await diagnoseSubject(subject, {
    timeoutMs: 3000,
    chatTimeoutMs: 5000,
    ...row.options,
    connect: { ...connect, ...row.options?.connect },
  });
  return { diagnosis, server };
}

describe("the doctor", () => {
  test.for(rows)("says $cause for $how", async (row, { skip }) => {
    const { cause } = row;
    skip(row.certificate !== undefined && !canMakeCertificates, "certificates cannot be made here");
    const { diagnosis } = await examine(row);
    expect(`${diagnosis.cause}: ${diagnosis.sentence}`).toMatch(new RegExp(`^${cause}: `));
    expect(diagnosis.healthy).toBe(false);
    expect(diagnosis.sentence).toMatch(row.sentence);
    // One sentence, which ends once.
    expect(diagnosis.sentence).toMatch(/^[“A-Z0-9[].*[.?!]$/s);
    expect(diagnosis.sentence).not.toMatch(/undefined|\[object/);
    expect(JSON.stringify(diagnosis)).not.toContain("key-of-the-test-0123");
  });

  test.each(providers.map(({ id }) => id))("finds nothing wrong with a working server of %s", async (id) => {
    const { diagnosis } = await examine({
      cause: "unknown",
      how: "",
      sentence: /./,
      ...(id === "custom" ? { options: outside } : { vendor: id }),
    });
    expect(`${diagnosis.cause}: ${diagnosis.sentence}`).toBe("undefined: “Mine” works: good-model answers, whole and as a stream.");
    expect(diagnosis.healthy).toBe(true);
  });

  test.each(["constructor", "toString", "__proto__"])("a vendor's code that every object answers to has no meaning (%s)", async (code) => {
    const error = { code, message: "Nothing in particular" };
    const { diagnosis } = await examine({ cause: "unknown", how: "", sentence: /./, vendor: "openrouter", fault: chat(409, { error }) });
    expect(diagnosis).toMatchObject({ cause: "server-error", sentence: expect.stringContaining("Nothing in particular") });
  });

  test("the steps are told in their order, with what was seen", async () => {
    const { diagnosis } = await examine({ cause: "unknown", how: "", sentence: /./, options: outside });
    expect(diagnosis.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      "profile ok",
      "name ok",
      "port ok",
      "url ok",
      "key unknown",
      "model ok",
      "chat ok",
      "stream ok",
    ]);
    const { diagnosis: router } = await examine({ cause: "unknown", how: "", sentence: /./, vendor: "openrouter" });
    expect(router.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      "profile ok",
      "url ok",
      "key ok",
      "account ok",
      "model ok",
      "chat ok",
      "stream ok",
    ]);
  });

  const general: readonly (readonly [CauseId, number, unknown])[] = [
    ["key-wrong", 401, openaiError("Invalid key.", "invalid_api_key")],
    ["key-restricted", 403, openaiError("Forbidden for this key.")],
    ["balance-empty", 402, openaiError("Payment required.", "insufficient_balance")],
    ["model-not-found", 404, openaiError("The model `good-modle` does not exist", "model_not_found")],
    ["rate-limited", 429, openaiError("Too many requests.", "rate_limit_exceeded")],
    ["server-error", 500, openaiError("Internal error.", null, "server_error")],
    ["overloaded", 503, openaiError("Overloaded.", "overloaded_error")],
    ["html-page", 404, "<!doctype html><title>404</title>"],
  ];
  const compatible = providers.filter(({ id, base }) => base !== undefined && !["anthropic", "google", "google-vertex"].includes(id));
  // AI21 says 403 of a wrong key.
  const isOwnMeaning = (cause: CauseId, id: string): boolean => cause === "key-restricted" && id === "ai21";
  test.each(general.flatMap((one) => compatible.flatMap(({ id }) => (isOwnMeaning(one[0], id) ? [] : [[one[0], id, one] as const]))))(
    "says %s at %s",
    async (cause, vendor, [, status, body]) => {
      const { diagnosis } = await examine({
        cause,
        how: "",
        vendor,
        sentence: /./,
        subject: () => ({ model: "good-modle" }),
        fault: (asked, response) =>
          isChat(asked) &&
          (typeof body === "string"
            ? void response.writeHead(status, { "content-type": "text/html" }).end(body) === undefined
            : json(response, status, body)),
      });
      expect(`${diagnosis.cause}: ${diagnosis.sentence}`).toMatch(new RegExp(`^${cause}: `));
    },
  );

  test("a server that loads for long is reported as loading, then as well, and is asked once", async () => {
    const steps: string[] = [];
    const { diagnosis, server } = await examine({
      cause: "unknown",
      how: "",
      sentence: /./,
      fault: async (asked) => {
        if (isChat(asked) && asked.body["stream"] !== true) await new Promise((resolve) => setTimeout(resolve, 700));
        return false;
      },
      options: { silenceMs: 200, onStep: ({ step, state, text }) => void steps.push(`${step} ${state} ${text}`) },
    });
    expect(diagnosis.healthy).toBe(true);
    expect(steps.join("\n")).toMatch(/chat unknown The server answers, but the chat does not: it may be loading/);
    expect(server.asked.filter((asked) => isChat(asked) && asked.body["stream"] !== true)).toHaveLength(1);
  });

  test("the chat is the profile's own: its model, its effort and its settings", async () => {
    const { server } = await examine({
      cause: "unknown",
      how: "",
      sentence: /./,
      subject: () => ({
        model: "my-model",
        reasoning: { effort: "low" },
        settings: { includeBody: { top_a: 1 }, headers: { "x-team": "blue" } },
      }),
    });
    const chats = server.asked.filter(isChat);
    expect(chats.map(({ body }) => body["stream"] === true)).toEqual([false, true]);
    for (const { body, headers } of chats) {
      expect(body).toMatchObject({ model: "my-model", reasoning_effort: "low", top_a: 1 });
      expect(headers["x-team"]).toBe("blue");
    }
  });

  test("a slow first token is not taken for a collected stream", async () => {
    const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const { diagnosis } = await examine({
      cause: "unknown",
      how: "",
      sentence: /./,
      fault: async (asked) => {
        if (isChat(asked)) await wait(900);
        return false;
      },
    });
    expect(diagnosis.cause).toBeUndefined();
  });

  test("more than thirty causes have a fault of their own in the table, and all others one below", () => {
    const tested = new Set(rows.map(({ cause }) => cause));
    expect(tested.size).toBeGreaterThan(30);
    const elsewhere: CauseId[] = [
      "provider-missing",
      "switched-off",
      "settings-invalid",
      "url-invalid",
      "vault-locked",
      "secret-damaged",
      "key-missing",
      "key-malformed",
      "model-missing",
      // outbound.test.ts
      "address-not-allowed",
    ];
    expect(causeIds.filter((cause) => !tested.has(cause) && !elsewhere.includes(cause))).toEqual(["unknown"]);
  });
});

/** The variables by which Node and this library find a proxy. */
const PROXY_VARIABLES = [
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "NO_PROXY",
  "no_proxy",
  "NODE_USE_ENV_PROXY",
  "NODE_OPTIONS",
];

/** What a proxy does with a request for a tunnel. */
type TunnelAnswer = "opens" | "is silent" | number;

describe("a real proxy", () => {
  afterEach(() => void vi.unstubAllEnvs());

  /** Every name leads to this machine. */
  const startProxy = async (answer: TunnelAnswer): Promise<{ url: string; asked: string[] }> => {
    const asked: string[] = [];
    const proxy = createHttpServer();
    const open = new Set<Duplex>();
    proxy.on("connect", (request, socket) => {
      asked.push(request.url ?? "");
      open.add(socket.on("error", () => {}));
      if (answer === "is silent") return;
      if (answer !== "opens") return void socket.end(`HTTP/1.1 ${answer} No\r\ncontent-length: 0\r\n\r\n`);
      const to = connectTcp(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(to).pipe(socket);
      });
      open.add(to.on("error", () => socket.destroy()));
    });
    const port = await portOf(proxy);
    afterAll(() => {
      for (const socket of open) socket.destroy();
    });
    return { url: `http://127.0.0.1:${port}`, asked };
  };

  interface Behind {
    /** The address of the proxy. */
    proxy: string;
    isUsed?: boolean;
    host?: string;
    fault?: Fault;
  }

  const examineBehind = async ({ proxy, isUsed = true, host = "model.example", fault }: Behind): Promise<Diagnosis> => {
    const server = await startFaultServer(fault);
    servers.push(server);
    for (const variable of PROXY_VARIABLES) vi.stubEnv(variable, undefined);
    vi.stubEnv("HTTP_PROXY", proxy);
    if (isUsed) vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    const dispatcher = new ProxyAgent({ uri: proxy, proxyTunnel: true });
    const throughProxy = ((input: string, init: RequestInit) =>
      fetchOfUndici(input, { ...(init as object), dispatcher })) as unknown as typeof fetch; // the types of undici's fetch are copies
    try {
      return await diagnoseSubject(
        {
          name: "Mine",
          model: "good-model",
          source: {
            provider: registry().get("custom"),
            auth: "none",
            settings: {},
            resolvedURL: `http://${host}:${server.port}/v1`,
            ...(isUsed ? { connect: { fetch: throughProxy } } : {}),
          },
        },
        { network: network({}), connect: { allowHttp: true }, timeoutMs: 200, chatTimeoutMs: 400 },
      );
    } finally {
      await dispatcher.destroy();
    }
  };
  const silent: Fault = () => new Promise(() => {});

  test("that leads to a working server is no problem", async () => {
    const { url, asked } = await startProxy("opens");
    expect(await examineBehind({ proxy: url })).toMatchObject({ healthy: true });
    expect(asked[0]).toMatch(/^model\.example:\d+$/);
  });

  test("is not blamed for a slow server behind it", async () => {
    const { url } = await startProxy("opens");
    const { cause, sentence } = await examineBehind({ proxy: url, fault: silent });
    expect(cause).toBe("chat-timeout");
    expect(sentence).toMatch(/^The server at model\.example:\d+ did not answer the chat within 0 s: check the server's load\.$/);
  });

  test("that answers no request for a tunnel is blamed", async () => {
    const { url } = await startProxy("is silent");
    expect(await examineBehind({ proxy: url })).toMatchObject({
      cause: "proxy-refused",
      sentence: expect.stringMatching(/proxy that HTTP_PROXY names does not connect to model\.example:\d+ \(“no answer within 0\.4 s”\)/),
    });
  }, 30_000);

  test.each<[TunnelAnswer, CauseId, RegExp]>([
    [403, "proxy-refused", /does not connect to model\.example:\d+ \(“HTTP 403”\): allow the host in the proxy/],
    [407, "proxy-login", /HTTP 407/],
    [502, "unreachable", /^The proxy that HTTP_PROXY names cannot reach model\.example:\d+ \(“HTTP 502”\): check the spelling/],
    [504, "unreachable", /cannot reach model\.example/],
  ])("that says %s to a tunnel is %s", async (answer, cause, sentence) => {
    const { url } = await startProxy(answer);
    expect(await examineBehind({ proxy: url })).toMatchObject({ cause, sentence: expect.stringMatching(sentence) });
  });

  test("through which even requests to this machine go is named when it refuses them", async () => {
    const { url } = await startProxy(403);
    expect(await examineBehind({ proxy: url, host: "127.0.0.1" })).toMatchObject({
      cause: "proxy-refused",
      sentence: expect.stringMatching(/does not connect to 127\.0\.0\.1:\d+.*exempt it in NO_PROXY/),
    });
  });

  test("that is switched off is named", async () => {
    expect(await examineBehind({ proxy: `http://127.0.0.1:${DEAD_PORT}` })).toMatchObject({ cause: "proxy-unreachable" });
  });

  test("that is not used is named when it leads to the host, and not when it does not", async () => {
    const noSuchHost = "no-such-host.invalid";
    const { url: open } = await startProxy("opens");
    expect(await examineBehind({ proxy: open, isUsed: false, host: noSuchHost })).toMatchObject({ cause: "proxy-unused" });
    const { url: closed } = await startProxy(502);
    const other = await examineBehind({ proxy: closed, isUsed: false, host: noSuchHost });
    expect(["host-not-found", "dns-unavailable"]).toContain(other.cause);
  });
});

describe("the proxy that the environment names", () => {
  const asked = (variables: Record<string, string>, url = "https://model.example/v1"): unknown => {
    for (const name of PROXY_VARIABLES) vi.stubEnv(name, variables[name]);
    return nodeNetwork.proxy?.(new URL(url));
  };
  afterEach(() => void vi.unstubAllEnvs());

  test("is read for the address's protocol, and counts as used when Node was told to", () => {
    expect(asked({})).toBeUndefined();
    expect(asked({ HTTP_PROXY: "http://proxy:3128" })).toBeUndefined();
    expect(asked({ HTTP_PROXY: "http://proxy:3128" }, "http://model.example/v1")).toEqual({ variable: "HTTP_PROXY", isUsed: false });
    expect(asked({ HTTPS_PROXY: "http://proxy:3128" })).toEqual({ variable: "HTTPS_PROXY", isUsed: false });
    expect(asked({ https_proxy: "http://proxy:3128", NODE_USE_ENV_PROXY: "1" })).toEqual({ variable: "https_proxy", isUsed: true });
    expect(asked({ HTTPS_PROXY: "http://proxy:3128", NODE_OPTIONS: "--use-env-proxy" })).toMatchObject({ isUsed: true });
  });

  test.each(["*", "model.example", "Model.Example", "example", ".example", "other.test, *.example", "other.test model.example:443"])(
    "is left out for hosts of NO_PROXY=%s",
    (NO_PROXY) => {
      expect(asked({ HTTPS_PROXY: "http://proxy:3128", NO_PROXY })).toBeUndefined();
      expect(asked({ HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "other.test" })).toMatchObject({ variable: "HTTPS_PROXY" });
    },
  );
});

test.each(["del.example", "xample", "model.example:8443", "*odel.example", "other.test:443"])(
  "NO_PROXY=%s leaves the proxy in use",
  (NO_PROXY) => {
    try {
      for (const name of ["HTTPS_PROXY", "https_proxy", "no_proxy"])
        vi.stubEnv(name, name === "HTTPS_PROXY" ? "http://proxy:3128" : undefined);
      vi.stubEnv("NO_PROXY", NO_PROXY);
      expect(nodeNetwork.proxy?.(new URL("https://model.example/v1"))).toMatchObject({ variable: "HTTPS_PROXY" });
    } finally {
      vi.unstubAllEnvs();
    }
  },
);

describe("a check of the network that fails", () => {
  test("hides nothing of the diagnosis", async () => {
    const fails = (): never => {
      throw new URIError("URI malformed");
    };
    const row: Row = { cause: "unknown", how: "", sentence: /./, options: { network: network({ lookup: fails }) } };
    expect((await examine(row)).diagnosis.healthy).toBe(true);
    const unreached = network({ lookup: async () => ({ code: "ENOTFOUND" }), proxy: () => ({ variable: "HTTPS_PROXY", isUsed: false }) });
    const { diagnosis } = await examine({
      ...row,
      options: { network: { ...unreached, tunnel: fails } },
      subject: () => ({ resolvedURL: "https://model.example/v1" }),
    });
    expect(diagnosis).toMatchObject({ healthy: false, sentence: expect.stringContaining("model.example") });
  });

  test("is none for a proxy whose password has a bare percent sign, which is sent as it is", async () => {
    let login: string | undefined;
    const proxy = createHttpServer();
    proxy.on("connect", ({ headers }, socket) => {
      login = headers["proxy-authorization"];
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    });
    const port = await portOf(proxy);
    for (const name of ["HTTPS_PROXY", "NO_PROXY", "no_proxy"]) vi.stubEnv(name, undefined);
    vi.stubEnv("https_proxy", `http://me:100%@127.0.0.1:${port}`);
    try {
      expect(await nodeNetwork.tunnel?.(new URL("https://model.example/v1"))).toMatchObject({ isProxyReached: true, failure: "HTTP 407" });
    } finally {
      vi.unstubAllEnvs();
    }
    expect(login).toBe(`Basic ${Buffer.from("me:100%").toString("base64")}`);
  });
});

describe("profiles that cannot be used", () => {
  const begin = async (): Promise<{ store: Awaited<ReturnType<typeof openSqliteStore>>; profiles: ReturnType<typeof createProfiles> }> => {
    const store = await openSqliteStore(":memory:");
    return { store, profiles: createProfiles({ store, vault: await openVault(store, [masterKeyFromText(newMasterKey())]) }) };
  };

  test.each<[CauseId, (given: Awaited<ReturnType<typeof begin>>, id: string) => Promise<unknown>, RegExp]>([
    [
      "provider-missing",
      ({ store }, id) => store.read.updateTable("profiles").set({ provider: "nowhere" }).where("id", "=", id).execute(),
      /provider nowhere is not installed/,
    ],
    [
      "settings-invalid",
      ({ store }, id) => store.read.updateTable("profiles").set({ settings: '{"verbosity":"loud"}' }).where("id", "=", id).execute(),
      /setting is not valid.*verbosity/,
    ],
    [
      "url-invalid",
      ({ store }, id) => store.read.updateTable("profiles").set({ resolved_url: "gopher://x" }).where("id", "=", id).execute(),
      /API URL cannot be used/,
    ],
    [
      "secret-damaged",
      ({ store }) =>
        store.read
          .updateTable("secrets")
          .set({ ciphertext: btoa("rubbish") })
          .execute(),
      /changed outside of the vault/,
    ],
    ["key-missing", ({ profiles }, id) => profiles.update(id, { key: null }), /No key is stored.*platform\.openai\.com/],
    ["model-missing", ({ profiles }, id) => profiles.update(id, { model: "" }), /has no model/],
  ])("are diagnosed as %s", async (cause, damage, sentence) => {
    const given = await begin();
    const { id } = await given.profiles.create({ name: "Mine", provider: "openai", model: "gpt-5", key: "sk-test-key" });
    await damage(given, id);
    const diagnosis = await diagnose(given.profiles, id);
    expect(`${diagnosis.cause}: ${diagnosis.sentence}`).toMatch(new RegExp(`^${cause}: `));
    expect(diagnosis.sentence).toMatch(sentence);
  });

  test("an abort while a changed setting is tried ends the examination, and counts as no failed trial", async () => {
    const controller = new AbortController();
    let chats = 0;
    const server = await startFaultServer((asked, response) => {
      if (!isChat(asked)) return false;
      chats++;
      if (chats === 1) return json(response, 400, openaiError("No connected db."));
      controller.abort(new Error("no longer wanted"));
      return json(response, 200, {});
    });
    servers.push(server);
    const { profiles } = await begin();
    const { id } = await profiles.create({
      name: "Mine",
      provider: "custom",
      model: "m",
      auth: "none",
      baseURL: `http://127.0.0.1:${server.port}/v1`,
      settings: { streaming: "yes", usageInStream: true, strictSchemas: true },
    });
    await expect(diagnose(profiles, id, { signal: controller.signal })).rejects.toThrow();
    expect(chats).toBe(2);
  });

  test("a locked vault is never called a wrong key", async () => {
    const { store, profiles } = await begin();
    const { id } = await profiles.create({ name: "Mine", provider: "openai", model: "gpt-5", key: "sk-test-key" });
    const reason = await openVault(store, [masterKeyFromText(newMasterKey())]).catch((cause: unknown) => cause);
    const locked = createProfiles({ store, vault: lockedVault(reason as Parameters<typeof lockedVault>[0]) });
    expect(await diagnose(locked, id)).toMatchObject({
      cause: "vault-locked",
      sentence: expect.stringMatching(/^The stored key cannot be read \(“the vault is locked: [^“]+”\): provide the master key/),
    });
  });

  test("a connection that is switched off is examined, and named as switched off where it works", async () => {
    const server = await startFaultServer();
    servers.push(server);
    const { profiles } = await begin();
    const input = { name: "Mine", provider: "custom", model: "m", auth: "none" as const, baseURL: `http://127.0.0.1:${server.port}/v1` };
    const { id } = await profiles.create({ ...input, isEnabled: false });
    expect(await diagnose(profiles, id)).toMatchObject({
      healthy: false,
      cause: "switched-off",
      sentence: expect.stringMatching(/Mine works but is switched off/),
    });
    await profiles.update(id, { isEnabled: true });
    expect(await diagnose(profiles, id)).toMatchObject({ healthy: true });
  });

  test("a key that cannot be valid is named before anything is sent", async () => {
    const server = await startFaultServer();
    servers.push(server);
    const diagnosis = await diagnoseSubject(
      {
        name: "Mine",
        model: "gemini-2.5-flash",
        source: { provider: registry().get("google-vertex"), auth: "key", key: '{"type":"authorized_user"}', settings: {} },
      },
      { connect: { fetch: server.vendorFetch } },
    );
    expect(diagnosis).toMatchObject({ cause: "key-malformed", sentence: expect.stringMatching(/authorized_user/) });
    expect(server.asked.filter(isModels)).toEqual([]);
  });
});
