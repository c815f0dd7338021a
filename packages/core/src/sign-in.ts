/** OAuth PKCE sign-in (RFC 7636), the library's part: addresses and checks. A page or a command line runs the callback. */
import type { ConnectOptions } from "./connection.ts";
import { LumiverseError } from "./errors.ts";
import { networkError } from "./network.ts";
import type { Provider } from "./provider.ts";
import { errorMessage } from "./refusal.ts";
import { parseJson } from "./transport.ts";

export interface SignInOptions {
  /** Where the vendor sends the person back to: https, or http on a loopback address. */
  callback: string | URL;
  fetch?: ConnectOptions["fetch"];
}
export interface SignIn {
  /** Where the person goes. */
  url: string;
  /** Where they come back to: the callback given, with a nonce in its path, because not every vendor returns a `state`. */
  callback: string;
  /** Takes the full URL of the return, compares the nonce, and exchanges the code for a key. */
  finish(returned: string | URL): Promise<{ key: string; account?: string }>;
}

export async function beginSignIn<S>(provider: Provider<S>, options: SignInOptions): Promise<SignIn> {
  const { signIn, id } = provider;
  if (signIn === undefined)
    throw new LumiverseError({
      code: "unsupported",
      provider: id,
      message: `${id} has no sign-in`,
      hint: "Create a key on the vendor's site",
    });
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(48)));
  const nonce = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
  const back = new URL(options.callback);
  back.pathname = `${back.pathname.replace(/\/+$/, "")}/${nonce}`;
  const callback = back.href;
  return {
    url: signIn.authorizeURL({ callback, challenge, nonce }).href,
    callback,
    async finish(returned) {
      const url = new URL(returned, callback);
      if (url.pathname !== back.pathname)
        throw new LumiverseError({
          code: "authentication",
          provider: id,
          message: `${id}: the return does not belong to this sign-in (its nonce differs)`,
          hint: "Start again",
        });
      const refused = url.searchParams.get("error");
      if (refused !== null)
        throw new LumiverseError({
          code: "authentication",
          provider: id,
          message: `${id}: sign-in was refused: ${url.searchParams.get("error_description") ?? refused}`,
        });
      const code = url.searchParams.get("code");
      if (code === null || code === "")
        throw new LumiverseError({ code: "authentication", provider: id, message: `${id}: the return holds no code` });
      const wire = signIn.exchange({ code, verifier });
      const response = await (options.fetch ?? fetch)(wire.url.href, {
        method: wire.method,
        headers: { "content-type": "application/json", ...wire.headers },
        ...(wire.body === undefined ? {} : { body: JSON.stringify(wire.body) }),
        redirect: "manual",
      }).catch((cause: unknown) => {
        const error = networkError(cause, wire.url, (text) => text.replaceAll(code, "[code]").replaceAll(verifier, "[verifier]"));
        error.provider = id;
        throw error;
      });
      const text = await response.text();
      const json = parseJson(text);
      if (!response.ok)
        throw new LumiverseError({
          code: response.status === 403 || response.status === 400 ? "authentication" : "server",
          provider: id,
          status: response.status,
          message: `${id}: the code was not exchanged (HTTP ${response.status}): ${(errorMessage(json) ?? text.slice(0, 200)).replaceAll(code, "[code]").replaceAll(verifier, "[verifier]")}`,
          hint: "A code is good once and for a few minutes: start again",
        });
      return signIn.parse({
        status: response.status,
        headers: response.headers,
        text,
        url: wire.url.href,
        ...(json === undefined ? {} : { json }),
      });
    },
  };
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
