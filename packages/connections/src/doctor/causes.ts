/** Every cause that the doctor can find, with one sentence that says what is wrong and what to do. */
import { namesOption } from "../core-options.ts";

/** What a sentence is made from. All texts are free of secrets. */
export interface CauseDetails {
  /** The connection's name. */
  name: string;
  /** The provider's name. */
  provider: string;
  /** Host and port of the request. */
  host: string;
  model: string;
  /** The vendor's own words. */
  said?: string | undefined;
  /** What to do, from the provider's own table of errors. */
  hint?: string | undefined;
  /** The setting, field or header that the cause is about. */
  field?: string | undefined;
  /** Names, addresses or values to use instead. */
  instead?: readonly string[] | undefined;
  /** Where a key is made. */
  page?: string | undefined;
  seconds?: number | undefined;
  /** The HTTP status. */
  status?: number | undefined;
  /** True for an https address. */
  isSecure?: boolean | undefined;
  /** Who answers, as the start of a sentence. Default: the provider. */
  who?: string | undefined;
}

/** A cause, as a word to branch on. */
export type CauseId =
  | "provider-missing"
  | "switched-off"
  | "settings-invalid"
  | "url-invalid"
  | "vault-locked"
  | "secret-damaged"
  | "key-missing"
  | "key-malformed"
  | "model-missing"
  | "host-not-found"
  | "dns-unavailable"
  | "container-localhost"
  | "nothing-listens"
  | "other-address"
  | "unreachable"
  | "ipv6-only"
  | "proxy-unused"
  | "proxy-unreachable"
  | "proxy-refused"
  | "name-blocked"
  | "not-http"
  | "port-blocked"
  | "address-not-allowed"
  | "connection-closed"
  | "certificate-expired"
  | "certificate-untrusted"
  | "certificate-name"
  | "certificate-not-yet-valid"
  | "plain-server"
  | "secure-server"
  | "tls-incompatible"
  | "tls-refused"
  | "client-certificate"
  | "http2-only"
  | "clock-off"
  | "proxy-login"
  | "site-login"
  | "login-page"
  | "access-refused"
  | "request-refused"
  | "redirected"
  | "redirect-broken"
  | "html-page"
  | "version-missing"
  | "version-doubled"
  | "wrong-path"
  | "wrong-protocol"
  | "no-chat-api"
  | "not-a-model-server"
  | "cors"
  | "key-wrong"
  | "key-of-other-vendor"
  | "server-wants-key"
  | "key-wrong-product"
  | "management-key"
  | "key-restricted"
  | "api-disabled"
  | "role-missing"
  | "service-account-gone"
  | "account-suspended"
  | "organization-unverified"
  | "country-not-served"
  | "balance-empty"
  | "key-limit-reached"
  | "plan-inactive"
  | "plan-without-model"
  | "plan-window-used"
  | "model-not-found"
  | "model-retired"
  | "model-not-allowed"
  | "terms-not-accepted"
  | "model-not-loaded"
  | "model-loading"
  | "not-a-chat-model"
  | "data-policy"
  | "routing-excludes"
  | "parameters-unsupported"
  | "rate-limited"
  | "overloaded"
  | "server-error"
  | "out-of-memory"
  | "gateway-error"
  | "setting-refused"
  | "prompt-refused"
  | "context-too-small"
  | "answer-unreadable"
  | "answer-cut"
  | "chat-timeout"
  | "stream-refused"
  | "stream-buffered"
  | "stream-cut"
  | "stream-stalled"
  | "stream-unreadable"
  | "unknown";

type Sentence = (details: CauseDetails) => string;

const list = (instead: readonly string[] = []): string => instead.join(", ");
const quoted = ({ said }: CauseDetails): string => (said === undefined || said === "" ? "" : ` (“${said}”)`);
const whoOf = ({ who, provider }: CauseDetails): string => who ?? provider;
const at = ({ page }: CauseDetails): string => (page === undefined ? "" : ` at ${page}`);
const advice = ({ hint }: CauseDetails, otherwise: string): string => (hint === undefined || namesOption(hint) ? otherwise : lowered(hint));

/** What to do about statuses that refuse the request itself, whatever its content. */
const REFUSALS: Readonly<Record<number, string>> = {
  413: "raise its limit on the size of requests (nginx: client_max_body_size)",
  421: "use the host name that the server serves",
  431: "remove extra headers, or raise its limit on headers",
};

const SENTENCES: Readonly<Record<CauseId, Sentence>> = {
  // The profile itself.
  "provider-missing": ({ provider }) => `The provider ${provider} is not installed: install and import @lumiverse/${provider}`,
  "switched-off": ({ name }) => `${name} works but is switched off, so chats do not use it: switch it on`,
  "settings-invalid": (details) => `A setting is not valid${quoted(details)}: edit the connection`,
  "url-invalid": (details) => `The API URL cannot be used${quoted(details)}: correct it`,
  "vault-locked": (details) => `The stored key cannot be read${quoted(details)}: provide the master key`,
  "secret-damaged": () => "The stored key was changed outside of the vault or belongs to another address: enter it again",
  "key-missing": (details) => `No key is stored for this connection: enter one${at(details)}`,
  "key-malformed": (details) =>
    `The stored key cannot be valid${quoted(details)}: ${advice(details, "paste the whole key, and nothing else")}`,
  "model-missing": () => "The connection has no model: choose one",

  // The network.
  "host-not-found": ({ host }) => `There is no host called ${host}: check the spelling of the API URL`,
  "dns-unavailable": ({ host }) => `The name ${host} could not be looked up: check this machine's internet connection and its name servers`,
  "container-localhost": ({ host, instead }) =>
    instead === undefined
      ? `This process runs in a container, where ${host} is the container itself and nothing listens: start the server in it, or use the host's address, such as host.docker.internal`
      : `This process runs in a container, where ${host} is the container itself and nothing listens: use ${list(instead)}`,
  "nothing-listens": ({ host }) => `Nothing listens at ${host}: start the server, or correct the port`,
  "other-address": ({ host, instead }) => `The server does not listen at ${host}, but it does at ${list(instead)}: use that address`,
  unreachable: (details) =>
    details.field === undefined
      ? `The host ${details.host} cannot be reached: check the network, the firewall and that the machine is on`
      : `The proxy that ${details.field} names cannot reach ${details.host}${quoted(details)}: check the spelling of the API URL and that the server is on, or exempt it in NO_PROXY`,
  "ipv6-only": ({ host }) =>
    `The host ${host} has IPv6 addresses only, and this machine has no connection over IPv6: use a network with IPv6, or an IPv4 address of the server`,
  "proxy-unused": ({ host, field }) =>
    `The host ${host} cannot be reached directly, and this process does not use the proxy that ${field} names: start it with NODE_USE_ENV_PROXY=1`,
  "proxy-unreachable": ({ field }) => `The proxy that ${field} names cannot be reached: correct the variable, or start the proxy`,
  "proxy-refused": (details) =>
    `The proxy that ${details.field} names does not connect to ${details.host}${quoted(details)}: allow the host in the proxy, or exempt it in NO_PROXY`,
  "name-blocked": ({ host, instead }) =>
    `The name ${host} leads to ${list(instead)}, which is this machine: remove it from the hosts file or from the filter that answers for the name server`,
  "port-blocked": ({ host }) => `The Fetch standard blocks the port of ${host}: run the server at another port`,
  "not-http": ({ host }) => `The program at ${host} does not speak HTTP: correct the port`,
  "address-not-allowed": ({ host, hint }) =>
    `${host} is an address of this machine or of a private network, which this server's connections may not reach: ${hint === undefined ? "ask its operator to allow it" : lowered(hint)}`,
  "connection-closed": ({ host, isSecure = false }) =>
    `The server at ${host} closes the connection without an answer: check that the port belongs to a model server${isSecure ? " and that it requires no client certificate" : ""}, and look at its log`,

  // TLS.
  "certificate-expired": ({ host }) =>
    `The certificate of ${host} has expired: renew it on the server, or set this machine's clock if it is wrong`,
  "certificate-untrusted": ({ host }) =>
    `The certificate of ${host} is not signed by an authority that this machine trusts: pass the authority's certificate in NODE_EXTRA_CA_CERTS`,
  "certificate-name": ({ host }) => `The certificate belongs to another host than ${host}: use the name that is on it`,
  "certificate-not-yet-valid": ({ host }) =>
    `The certificate of ${host} is not valid yet: set this machine's clock if it is wrong, or replace the certificate`,
  "plain-server": ({ host }) => `The server at ${host} speaks plain http: write http:// instead of https://`,
  "secure-server": ({ host }) => `The server at ${host} speaks https: write https:// instead of http://`,
  "tls-incompatible": ({ host }) =>
    `The server at ${host} and this machine agree on no version and cipher of TLS, or the server requires a client certificate: update the server, or use a proxy that speaks TLS with it`,
  "tls-refused": ({ host }) =>
    `The server at ${host} refuses the TLS handshake: use the host name that its certificate is for, and look at its log`,
  "client-certificate": ({ host }) =>
    `The server at ${host} requires a client certificate, which a connection cannot send: use a proxy that adds it`,
  "http2-only": ({ host }) => `The server at ${host} speaks HTTP/2 only: switch HTTP/1.1 on in the server, or put a proxy in front of it`,
  "clock-off": ({ seconds }) =>
    `This machine's clock is off${seconds === undefined ? "" : ` by ${Math.round(Math.abs(seconds) / 60)} minutes`}, so signed requests are refused: set the clock`,

  // The address.
  "proxy-login": ({ host }) => `A proxy in front of ${host} needs a login (HTTP 407): configure the proxy's credentials`,
  "site-login": ({ host }) =>
    `A web server in front of ${host} needs a login of its own (HTTP 401): reach the model server directly, or send that login in a header of the settings`,
  "login-page": ({ host, field }) =>
    `A login page${field === undefined ? "" : ` of ${field}`} answers in place of ${host}: sign in to this network in a browser, or use an address without that page`,
  "access-refused": (details) =>
    `Requests from here are refused at ${details.host}${quoted(details)}: check which hosts, addresses and countries it accepts`,
  "request-refused": (details) =>
    `The server at ${details.host}, or a proxy in front of it, refuses the request with HTTP ${details.status}${quoted(details)}: ${REFUSALS[details.status ?? 0] ?? "check proxies in between"}`,
  redirected: (details) =>
    `The server at ${details.host} redirects to another address${details.instead === undefined ? quoted(details) : ""}: set the API URL to ${list(details.instead) || "the final address"}, if you trust it`,
  "redirect-broken": ({ host, instead }) =>
    `The server at ${host} redirects ${instead === undefined ? "without saying where to" : `back to ${list(instead)}`}: correct its configuration, or that of the proxy in front of it`,
  "html-page": ({ host, instead }) =>
    `A web page answers at ${host}, not an API: ${instead === undefined ? "check the path of the API URL" : `set the API URL to ${list(instead)}`}`,
  "version-missing": ({ instead }) => `The API URL lacks its version: set it to ${list(instead)}`,
  "version-doubled": ({ instead }) => `The API URL has its version twice: set it to ${list(instead)}`,
  "wrong-path": ({ host, instead }) =>
    `There is no such API under this path at ${host}: ${instead === undefined ? "check the path of the API URL" : `set the API URL to ${list(instead)}`}`,
  "wrong-protocol": ({ host, field, instead }) =>
    instead === undefined
      ? `The server at ${host} does not speak ${field}, but Chat Completions: choose the provider Custom`
      : `The server at ${host} does not speak ${field}: choose ${list(instead)} in the settings`,
  "no-chat-api": (details) =>
    `The server at ${details.host} lists models and has no API to chat with them${quoted(details)}: check the kind of server, and which APIs it was started with`,
  "not-a-model-server": ({ host }) => `The server at ${host} is no model server: check the API URL`,
  cors: ({ host }) =>
    `The browser may not call ${host} from this page (CORS): allow this origin on the server, or call it through a server of your own`,

  // The key.
  "key-wrong": (details) =>
    `${whoOf(details)} refuses the key${quoted(details)}: ${advice(details, details.page === undefined ? "enter one that it accepts" : `create another one${at(details)} and enter it`)}`,
  "key-of-other-vendor": ({ provider, instead }) =>
    `The key belongs to ${list(instead)}, not to ${provider}: enter a key of ${provider}, or change the provider`,
  "server-wants-key": (details) =>
    `The server at ${details.host} needs a key, and this connection sends none: enter the key that the server was started with`,
  "key-wrong-product": ({ provider, field, instead }) =>
    `The key is right, but for another product of ${provider}: set ${field ?? "the plan"} to ${list(instead)}`,
  "management-key": (details) => `This is a management key, which cannot call models: create an API key${at(details)}`,
  "key-restricted": (details) => `The key may not do this${quoted(details)}: ${advice(details, "change the key's permissions")}`,
  "api-disabled": (details) =>
    `The API is not enabled for the key's project${quoted(details)}: ${advice(details, "enable it in the cloud console")}`,
  "role-missing": (details) => `The service account lacks a role${quoted(details)}: ${advice(details, "give it the role Vertex AI User")}`,
  "service-account-gone": (details) => `The service account is disabled or deleted${quoted(details)}: create a key of another one`,
  "account-suspended": (details) =>
    `${whoOf(details)} has suspended the account${quoted(details)}: ${advice(details, "look at the account's page, or ask the vendor")}`,
  "organization-unverified": (details) =>
    `${whoOf(details)} requires a verified organization${quoted(details)}: verify it on the vendor's page, or choose another model`,
  "country-not-served": (details) =>
    `${whoOf(details)} does not serve the country that the request comes from${quoted(details)}: use another provider for this model`,

  // Plan and balance.
  "balance-empty": (details) => `The account has no balance for this call${quoted(details)}: ${advice(details, "add credit")}`,
  "key-limit-reached": (details) =>
    `The key's own spending limit is used up, whatever the account's balance: raise the limit${at(details)}`,
  "plan-inactive": (details) => `The plan is not active${quoted(details)}: ${advice(details, "renew it, or switch to pay as you go")}`,
  "plan-without-model": (details) =>
    `The plan does not include ${details.model}${quoted(details)}: ${advice(details, "choose another model or plan")}`,
  "plan-window-used": (details) =>
    `A usage window of the plan is used up${quoted(details)}: ${advice(details, "wait until it opens again")}`,

  // The model.
  "model-not-found": ({ model, instead }) =>
    `There is no model ${model} here: ${instead === undefined ? "choose one from the model list" : `did you mean ${list(instead)}?`}`,
  "model-retired": ({ model, instead }) =>
    `The vendor has retired ${model}: ${instead === undefined ? "choose another model" : `choose another one, such as ${list(instead)}`}`,
  "model-not-allowed": (details) =>
    `The key may not use ${details.model}${quoted(details)}: ${details.instead === undefined ? "choose another model, or a key that may" : `choose another one, such as ${list(details.instead)}`}`,
  "terms-not-accepted": (details) =>
    `The terms of ${details.model} are not accepted yet${quoted(details)}: ${advice(details, "accept them on the vendor's page")}`,
  "model-not-loaded": (details) =>
    `The server has not loaded ${details.model}${quoted(details)}: load or download it on the server${details.instead === undefined ? "" : `, or choose ${list(details.instead)}`}`,
  "model-loading": ({ host, seconds }) =>
    `The server at ${host} is still loading the model${seconds === undefined ? "" : ` (no answer for ${Math.round(seconds)} s)`}: wait and try again`,
  "not-a-chat-model": ({ model, said }) =>
    `The model ${model} is no chat model${said === undefined ? "" : ` (“${said}”)`}: choose one that chats`,
  "data-policy": (details) =>
    `The account's privacy settings exclude every provider of ${details.model}: ${advice(details, "change the data policy")}`,
  "routing-excludes": (details) =>
    `The routing settings exclude every provider of ${details.model}${quoted(details)}: allow more providers`,
  "parameters-unsupported": (details) =>
    `No provider of ${details.model} accepts everything that this connection asks for${quoted(details)}: remove settings, or switch “Require parameters” off`,

  // The chat.
  "rate-limited": (details) =>
    `${whoOf(details)} accepts no more calls for now${quoted(details)}: wait${details.seconds === undefined ? "" : ` ${Math.ceil(details.seconds)} s`} and try again`,
  overloaded: (details) => `${whoOf(details)} is overloaded${quoted(details)}: try again later`,
  "server-error": (details) => `The server at ${details.host} fails${quoted(details)}: look at its log, or at the vendor's status page`,
  "out-of-memory": (details) =>
    `The server at ${details.host} has too little memory for ${details.model}${quoted(details)}: choose a smaller model or a shorter context`,
  "gateway-error": (details) =>
    `A proxy in front of ${details.host} cannot reach the model server behind it${quoted(details)}: check that server`,
  "setting-refused": (details) =>
    details.field === undefined
      ? `The server at ${details.host} refuses the request${quoted(details)}: correct what it names, or look at its log`
      : `The server refuses ${details.field}${quoted(details)}: change or remove that setting`,
  "prompt-refused": (details) => `A content filter stopped even a greeting${quoted(details)}: look at the filter settings of the account`,
  "context-too-small": (details) =>
    `The model's context is too small even for a greeting${quoted(details)}: start the server with a longer context`,
  "answer-unreadable": (details) =>
    `The answer of ${details.host} is in no format that is known${quoted(details)}: check the API URL and the kind of server`,
  "answer-cut": (details) =>
    `The answer of ${details.host} breaks off in the middle${quoted(details)}: check proxies in between, and the server's log`,
  "chat-timeout": ({ host, seconds = 0, field }) =>
    `The server at ${host} did not answer the chat within ${Math.round(seconds)} s: check the server's load${field === undefined ? "" : `, and the proxy that ${field} names`}`,

  // The stream.
  "stream-refused": (details) =>
    `${whoOf(details)} answers, but refuses to stream${quoted(details)}: ${details.field === undefined ? "choose a model that streams" : `set ${details.field} of this connection to “No”, or update the server`}`,
  "stream-buffered": ({ host }) =>
    `Something between here and ${host} collects the stream and delivers it at once: switch off buffering in the proxy (nginx: proxy_buffering off)`,
  "stream-cut": (details) =>
    `The stream of ${details.host} breaks off before the answer is complete${quoted(details)}: check the time limits of proxies and the server's log`,
  "stream-stalled": (details) =>
    `The stream of ${details.host} stops without an end${quoted(details)}: check the server's log, and proxies in between`,
  "stream-unreadable": (details) =>
    `The stream of ${details.host} is in no format that is known${quoted(details)}: check proxies in between`,

  unknown: (details) => `The chat fails${quoted(details)}: ${advice(details, "look at the steps that failed")}`,
};

/** All causes. */
export const causeIds: readonly CauseId[] = Object.keys(SENTENCES) as CauseId[]; // the type lists exactly these

/** One sentence, with a final stop. */
export function sentenceOf(cause: CauseId, details: CauseDetails): string {
  const text = SENTENCES[cause](details).trim();
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** A hint without its first capital letter, because it follows a colon. Names and abbreviations keep theirs. */
function lowered(hint: string): string {
  return /^[A-Z][a-z]+\b/.test(hint) && !/^(?:OpenAI|Google|Vertex)/.test(hint) ? hint.charAt(0).toLowerCase() + hint.slice(1) : hint;
}
