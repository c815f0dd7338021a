import { isObject, type PkceEndpoints } from "@lumiverse/core/provider";

/** Sign-in by OAuth PKCE. The answer has named the key `key` and `access_token`. */
export const signIn: PkceEndpoints = {
  authorizeURL({ callback, challenge, nonce }) {
    const url = new URL("https://nano-gpt.com/auth");
    const query = { callback_url: callback, code_challenge: challenge, code_challenge_method: "S256", scope: "api.use models.read" };
    for (const [key, value] of Object.entries({ ...query, state: nonce, client_name: "Lumiverse" })) url.searchParams.set(key, value);
    return url;
  },
  exchange: ({ code, verifier }) => ({
    method: "POST",
    url: new URL("https://nano-gpt.com/api/v1/auth/keys"),
    body: { grant_type: "authorization_code", code, code_verifier: verifier },
  }),
  parse({ json, status }) {
    const key = isObject(json) ? (json["key"] ?? json["access_token"]) : undefined;
    if (typeof key !== "string" || key === "") throw new Error(`NanoGPT returned no key in exchange for the code (HTTP ${status})`);
    return { key };
  },
};
