/** PKCE with S256: https://openrouter.ai/docs/guides/overview/auth/oauth */
import { isObject, type PkceEndpoints } from "@lumiverse/core/provider";

export const signIn: PkceEndpoints = {
  authorizeURL({ callback, challenge }) {
    const url = new URL("https://openrouter.ai/auth");
    url.searchParams.set("callback_url", callback);
    url.searchParams.set("code_challenge", challenge);
    url.searchParams.set("code_challenge_method", "S256");
    return url;
  },
  exchange: ({ code, verifier }) => ({
    method: "POST",
    url: new URL("https://openrouter.ai/api/v1/auth/keys"),
    body: { code, code_verifier: verifier, code_challenge_method: "S256" },
  }),
  parse({ json, status }) {
    const { key, user_id: account } = isObject(json) ? json : {};
    if (typeof key !== "string" || key === "") throw new Error(`the code exchange (HTTP ${status}) returned no key`);
    return typeof account === "string" ? { key, account } : { key };
  },
};
