import { type Connection, type ConnectOptions, connect, type JsonObject, type Provider } from "@lumiverse/core";
import { ConnectionsError } from "../error.ts";
import type { Auth } from "./profile.ts";

/** Options of core's `connect` that an application sets for all profiles. */
export type SharedConnectOptions = Pick<
  ConnectOptions,
  "fetch" | "timeouts" | "retry" | "observe" | "unsupported" | "allowHttp" | "limits" | "replayScope"
>;

/** What a connection is made from: a profile with its secrets, or the values of a form that is not saved yet. */
export interface ConnectionSource {
  provider: Provider;
  resolvedURL?: string;
  auth: Auth;
  key?: string;
  /** With secret settings. */
  settings: JsonObject;
  /** Options of this connection alone, such as the `fetch` of a demo. They win over those of all connections. */
  connect?: SharedConnectOptions;
}

/** Opens a core connection. @throws ConnectionsError `key-missing`: nothing is sent then. LumiverseError `configuration` */
export function connectSource(
  { provider, resolvedURL, auth, key, settings, connect: own }: ConnectionSource,
  options: SharedConnectOptions = {},
): Connection {
  if (auth === "key" && key === undefined)
    throw new ConnectionsError({
      code: "key-missing",
      message: `no key is stored for this ${provider.name} connection`,
      hint: `Enter the key${"page" in provider.credential ? ` (${provider.credential.page})` : ""}`,
    });
  return connect<Provider>(provider, {
    ...options,
    ...own,
    ...(resolvedURL === undefined ? {} : { baseURL: resolvedURL }),
    // An empty key keeps core from reading the environment.
    ...(auth === "environment" ? {} : { apiKey: auth === "key" ? (key ?? "") : "" }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  });
}
