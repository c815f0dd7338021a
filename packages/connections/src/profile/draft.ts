import { valueAt } from "../dotted-path.ts";
import { invalidFields } from "../error.ts";
import type { ConnectionSource } from "./connect.ts";
import type { ProfileInput } from "./profile.ts";
import type { Profiles } from "./profiles.ts";
import { joinSettings, secretPaths } from "./secret-settings.ts";
import { checkInput } from "./validate.ts";

/**
 * The source of a connection from values that are not saved yet, for the Models button and the doctor. The key may be missing.
 * @param editing The profile that is being edited. Its stored secrets are used only while provider and origin stay the same.
 * @throws ConnectionsError `invalid` with all problems, `not-found`, `vault-locked`
 */
export async function draftSource(profiles: Profiles, input: Omit<ProfileInput, "name">, editing?: string): Promise<ConnectionSource> {
  const provider = profiles.provider(input.provider);
  const before = editing === undefined ? undefined : await profiles.get(editing);
  const { allowHttp = false } = profiles.connectOptions;
  const checked = await checkInput(provider, input, { allowHttp, hasStoredKey: before?.secrets.key === "set" });
  if (checked.issues !== undefined) throw invalidFields(checked.issues);
  const { address, auth, key, settings } = checked.value;
  const belongs = before !== undefined && before.provider === provider.id && before.origin === address.origin;
  const stored = belongs && before.secrets.setAt !== undefined ? await profiles.source(before.id) : undefined;
  const usedKey = key ?? (auth === "key" ? stored?.key : undefined);
  const kept = stored === undefined ? {} : await secretsIn(stored);
  return {
    provider,
    ...(address.resolvedURL === undefined ? {} : { resolvedURL: address.resolvedURL }),
    auth,
    ...(usedKey === undefined ? {} : { key: usedKey }),
    settings: joinSettings(settings, Object.fromEntries(Object.entries(kept).filter(([path]) => valueAt(settings, path) === undefined))),
  };
}

async function secretsIn({ provider, settings }: ConnectionSource): Promise<Record<string, unknown>> {
  const paths = secretPaths((await provider.settings?.())?.fields ?? []);
  return Object.fromEntries(paths.map((path) => [path, valueAt(settings, path)] as const).filter(([, value]) => value !== undefined));
}
