/** What a command calls: a saved connection by its name, a provider by its id, or the default connection. */
import { type ConnectionSource, connectSource, type Profile, switchedOff } from "@lumiverse/connections";
import { type Connection, type ConnectOptions, type JsonObject, LumiverseError, type Provider } from "@lumiverse/core";
import { isObject, normalizeBaseURL } from "@lumiverse/core/provider";
import type { Screen } from "../terminal/screen.ts";
import { shellWord } from "../terminal/shell-word.ts";
import { hintForName } from "./connection-name.ts";
import { keyVariable, readKeyFromDotenv } from "./dotenv.ts";
import { installed, UnknownProviderError } from "./installed.ts";
import { type ConnectionOptions, keyFromVariable, open, settingsFrom } from "./options.ts";
import { hasSavedConnections, openSavedConnections, type SavedConnections } from "./saved.ts";

export interface Target {
  /** The connection's name, or the provider's id. */
  name: string;
  provider: Provider;
  /** The saved connection. Absent: the command named a provider. */
  profile?: Profile;
  /** The model of the saved connection. */
  model?: string;
  settings: JsonObject;
  saved?: SavedConnections;
  /** @throws LumiverseError or ConnectionsError when it cannot be opened: nothing is sent then */
  connect(extra?: ConnectOptions): Promise<Connection>;
  /** The provider, address, settings and key that `connect` uses, for model lists and the doctor. Holds secrets. The key may be missing. */
  source(): Promise<ConnectionSource>;
  close(): Promise<void>;
}

/** @throws LumiverseError `configuration` when there is no such connection or provider */
export async function targetOf(name: string | undefined, options: ConnectionOptions, screen: Screen): Promise<Target> {
  if (hasSavedConnections()) {
    const saved = await openSavedConnections(screen);
    try {
      const profile = await saved.find(name);
      if (profile !== undefined) return await profileTarget(profile, saved, options);
      if (name !== undefined) {
        const target = await providerTarget(name, options, screen, await saved.profiles.list());
        return { ...target, close: () => saved.close(), saved };
      }
    } catch (cause) {
      await saved.close();
      throw cause;
    }
    await saved.close();
  }
  if (name !== undefined) return providerTarget(name, options, screen, []);
  throw new LumiverseError({
    code: "configuration",
    field: "connection",
    message: "no connection is saved, and the command names no provider",
    hint: 'Save one with "lumiverse connect" or "lumiverse discover", or name a provider ("lumiverse providers" lists them)',
  });
}

/** Runs something with a target, and closes it whatever happens. */
export async function withTarget<T>(
  name: string | undefined,
  options: ConnectionOptions,
  screen: Screen,
  run: (target: Target) => Promise<T>,
): Promise<T> {
  const target = await targetOf(name, options, screen);
  try {
    return await run(target);
  } finally {
    await target.close();
  }
}

/** The reasoning binding of a saved connection, for `requestFor`. */
export function bindingOf({ profile }: Target): Pick<Profile, "reasoning"> {
  return profile?.reasoning === undefined ? {} : { reasoning: profile.reasoning };
}

async function profileTarget(profile: Profile, saved: SavedConnections, options: ConnectionOptions): Promise<Target> {
  for (const [given, flag] of [
    [options.baseUrl, "--base-url"],
    [options.keyEnv, "--key-env"],
  ])
    if (given !== undefined)
      throw new LumiverseError({
        code: "configuration",
        field: "connection",
        message: `${flag} is for a provider, and "${profile.name}" is a saved connection with an address and a key of its own`,
        hint: `Change it with: lumiverse edit ${shellWord(profile.name)} ${flag} …`,
      });
  const provider = saved.profiles.provider(profile.provider);
  const settings = mergedSettings(profile.settings, await settingsFrom(provider, options.setting ?? []));
  const source = async (): Promise<ConnectionSource> => {
    const stored = await saved.profiles.source(profile.id);
    return { ...stored, settings: mergedSettings(stored.settings, settings) };
  };
  return {
    name: profile.name,
    provider,
    profile,
    ...(profile.model === "" ? {} : { model: profile.model }),
    settings,
    saved,
    async connect(extra) {
      if (!profile.isEnabled) throw switchedOff(profile.name, `Switch it on with: lumiverse edit ${shellWord(profile.name)} --on`);
      return connectSource(await source(), { ...policyOf(options), ...extra });
    },
    source,
    close: () => saved.close(),
  };
}

async function providerTarget(
  name: string,
  options: ConnectionOptions,
  screen: Screen,
  profiles: readonly Profile[],
): Promise<Omit<Target, "saved">> {
  const { provider } = await installed(name).catch((cause: unknown) => {
    throw unknownName(cause, name, profiles);
  });
  const variable = keyVariable(provider);
  const usesOwnVariable = options.keyEnv === undefined && options.baseUrl === undefined;
  if (options.keyEnv !== undefined) await readKeyFromDotenv(options.keyEnv, screen);
  else if (usesOwnVariable && variable !== undefined) await readKeyFromDotenv(variable, screen);
  const settings = await settingsFrom(provider, options.setting ?? []);
  return {
    name: provider.id,
    provider,
    settings,
    connect: (extra) => open(provider, options, extra),
    async source() {
      const key = options.keyEnv === undefined ? undefined : keyFromVariable(options.keyEnv);
      const hasVariable = usesOwnVariable && variable !== undefined && (process.env[variable] ?? "") !== "";
      const needsKey = usesOwnVariable && provider.credential.kind !== "none" && provider.credential.required;
      return {
        provider,
        ...(options.baseUrl === undefined ? {} : { resolvedURL: normalizeBaseURL(options.baseUrl, provider.base).href }),
        auth: key !== undefined ? "key" : hasVariable ? "environment" : needsKey ? "key" : "none",
        ...(key === undefined ? {} : { key }),
        settings,
      };
    },
    close: async () => {},
  };
}

/** The error for a name that is neither a connection nor a provider. An error about a broken package stays. */
function unknownName(cause: unknown, name: string, profiles: readonly Profile[]): unknown {
  if (!(cause instanceof UnknownProviderError) || profiles.length === 0) return cause;
  return new LumiverseError({
    code: "configuration",
    field: "connection",
    message: `"${name}" is neither a saved connection nor an installed provider`,
    hint: hintForName(name, profiles, cause.installed),
    cause,
  });
}

/** `before` with every given setting laid over it, level by level. */
export function mergedSettings(before: JsonObject, given: JsonObject): JsonObject {
  const merged: JsonObject = { ...before };
  for (const [key, value] of Object.entries(given)) {
    const old = merged[key];
    merged[key] = isObject(old) && isObject(value) ? mergedSettings(old, value) : value;
  }
  return merged;
}

function policyOf({ unsupported }: ConnectionOptions): ConnectOptions {
  return unsupported === undefined ? {} : { unsupported };
}
