/** Causes in front of the model server: a proxy, a firewall or a login page that answers in its place. */
import type { LumiverseError } from "@lumiverse/core";
import type { Evidence, Found } from "./evidence.ts";
import { isHtml, type RecordedRequest } from "./recorder.ts";

export function intermediaryCause(error: LumiverseError, request: RecordedRequest | undefined, evidence: Evidence): Found {
  if (request?.status === undefined) return undefined;
  const { status } = request;
  if (status === 407) return { cause: "proxy-login" };
  if (REDIRECTS.includes(status)) return redirectCause(request, evidence);
  if (error.code === "network") return brokenCause(request);
  return tlsPortCause(request, evidence) ?? gatewayCause(request) ?? refusalCause(error, request, evidence);
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** Pages where a person signs in: of a network, a company, or Cloudflare Access. */
const LOGIN_PAGE = /log-?in|sign-?in|portal|\bsso\b|\/auth(?:orize)?\b|oauth|saml|cdn-cgi\/access|cloudflareaccess/i;

/** A page that asks for a password, or leads to a page where a person signs in. */
export function isLoginPage(start: string): boolean {
  const target = /<meta[^>]+http-equiv=["']?refresh[^>]+url=([^"'>\s]+)/i.exec(start)?.[1];
  return /<input[^>]+type=["']?password/i.test(start) || (target !== undefined && LOGIN_PAGE.test(target));
}

function redirectCause({ url, headers }: RecordedRequest, { host }: Evidence): Found {
  const location = headers?.get("location") ?? "";
  if (location === "" || !URL.canParse(location, url)) return { cause: "redirect-broken" };
  const target = new URL(location, url);
  if (LOGIN_PAGE.test(target.hostname + target.pathname)) return { cause: "login-page", details: { field: target.host } };
  if (target.href === url) return { cause: "redirect-broken", details: { instead: [target.href] } };
  return { cause: "redirected", details: { instead: [finalBase(new URL(url), target, host)] } };
}

/** The base URL that leads to the target of a redirect. Its origin alone, when the target's path does not end like that of the request. */
function finalBase(asked: URL, target: URL, base: URL): string {
  const prefix = base.pathname.replace(/\/+$/, "");
  const route = asked.pathname.slice(prefix.length);
  return target.origin + (target.pathname.endsWith(route) ? target.pathname.slice(0, target.pathname.length - route.length) : "");
}

/** An answer that broke off, or whose compression is broken. */
function brokenCause({ failure = [] }: RecordedRequest): Found {
  return { cause: failure.some((code) => /^Z_|incorrect header check/.test(code)) ? "answer-unreadable" : "answer-cut" };
}

/** nginx and Go's server answer a plain http request on a TLS port with one of these texts, and nginx a request without a certificate. */
function tlsPortCause({ status, start }: RecordedRequest, { host }: Evidence): Found {
  if (status === 400 && /no required ssl certificate was sent/i.test(start)) return { cause: "client-certificate" };
  const isSaid = /plain http request was sent to https port|http request to an https server/i.test(start);
  return host.protocol === "http:" && status === 400 && isSaid ? { cause: "secure-server" } : undefined;
}

/** Statuses of Cloudflare when the server behind it does not answer: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/ */
const CLOUDFLARE: readonly number[] = [520, 521, 522, 523, 524, 525, 526, 530];

function gatewayCause(request: RecordedRequest): Found {
  const { status = 0, headers } = request;
  const isTunnel = headers?.has("ngrok-error-code") === true; // https://ngrok.com/docs/errors
  const isGateway =
    CLOUDFLARE.includes(status) || ((status === 502 || status === 504) && !isJson(request)) || (status === 503 && isHtml(request));
  return isTunnel || isGateway ? { cause: "gateway-error" } : undefined;
}

function isJson({ start }: RecordedRequest): boolean {
  return /^\s*[{[]/.test(start);
}

/** Statuses that refuse the request itself, whatever its content. */
const REQUEST_REFUSED: readonly number[] = [411, 415, 417, 421, 426, 431];
/** The same, unless the answer is JSON: then a model server refuses the prompt or the plan. */
const PAGE_REFUSED: readonly number[] = [406, 413, 414];
/** Refusals because of the address that the request comes from, or the host name that it was sent to. */
const NOT_FROM_HERE =
  /host (?:header )?(?:is )?not (?:allowed|permitted)|(?:invalid|blocked) host|allow(?:ed)? ?list|(?<![a-z])ip[\s_-](?:address)?.{0,40}(?:not[\s_-](?:allowed|authorized)|blocked|whitelist)/i;
/** Words that ask for a key. FastAPI before 0.122 says "Not authenticated" with 403 where a key is missing: https://github.com/fastapi/fastapi/pull/13786 */
const WANTS_KEY = /(?:not |un)authenticated|unauthori[sz]ed|api[\s_-]?key|bearer/i;

function refusalCause(error: LumiverseError, request: RecordedRequest, { isVendor, hasKey }: Evidence): Found {
  const { status = 0, headers } = request;
  if (REQUEST_REFUSED.includes(status) || (PAGE_REFUSED.includes(status) && !isJson(request)))
    return { cause: "request-refused", details: { status } };
  const isBasic = /^basic/i.test(headers?.get("www-authenticate") ?? "");
  if (status === 401 && !isVendor && (isHtml(request) || isBasic)) return { cause: "site-login" };
  const text = `${error.vendorCode ?? ""} ${error.message}`;
  if ((status === 401 || status === 403) && NOT_FROM_HERE.test(text)) return { cause: "access-refused" };
  if (status === 403 && !hasKey && !isHtml(request) && WANTS_KEY.test(text)) return { cause: "server-wants-key" };
  if (status === 403 && (isHtml(request) || !hasKey)) return { cause: "access-refused" };
  return undefined;
}
