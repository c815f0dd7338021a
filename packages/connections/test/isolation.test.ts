/** Nothing of one profile is in the requests of another, whichever was open before. */
import { generateKeyPairSync } from "node:crypto";
import {
  createProfiles,
  form,
  isConnectionsError,
  masterKeyFromText,
  newMasterKey,
  openVault,
  type Profile,
  type Profiles,
  requestFor,
} from "@lumiverse/connections";
import { openSqliteStore } from "@lumiverse/connections/node";
import type { JsonObject, Provider } from "@lumiverse/core";
import { expect, test } from "vitest";
import { providers } from "./providers.ts";
import { put, sample } from "./sample-values.ts";

const masterKey = newMasterKey();
const account = JSON.stringify({
  type: "service_account",
  project_id: "project-7",
  client_email: "bot@project-7.iam.gserviceaccount.com",
  private_key_id: "1",
  private_key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }),
});

/** AI21 has no settings, and the one of Infermatic concerns requests with a system message. */
const WITHOUT_TRACE = ["ai21", "infermatic"];

/** Every setting of a provider, without those that exclude one that is set already. */
async function everySetting(profiles: Profiles, provider: Provider, base: object): Promise<JsonObject> {
  const values: JsonObject = {};
  for (const field of (await form(provider)).fields) if (field.path.startsWith("settings.")) put(values, field.path, sample(field));
  let settings = values["settings"] as JsonObject; // made above
  for (;;) {
    try {
      const { id } = await profiles.create({ ...base, name: "Try", provider: provider.id, settings });
      await profiles.remove(id);
      return settings;
    } catch (cause) {
      if (!isConnectionsError(cause) || cause.issues.length === 0) throw cause;
      const refused = new Set(cause.issues.map(({ path }) => path.split(".")[1]));
      settings = Object.fromEntries(Object.entries(settings).filter(([name]) => !refused.has(name)));
    }
  }
}

test.each(providers.map((one) => [one.id, one] as const))(
  "settings of one profile of %s are not in the requests of another",
  async (id, provider) => {
    const store = await openSqliteStore(":memory:");
    const begin = async (): Promise<Profiles> =>
      createProfiles({ store, vault: await openVault(store, [masterKeyFromText(masterKey)]), connect: { unsupported: "drop" } });
    const profiles = await begin();
    const base = {
      ...(provider.credential.kind === "none" ? {} : { key: id === "google-vertex" ? account : "sk-an-invented-key-0123456789" }),
      ...(provider.base === undefined ? { baseURL: "http://127.0.0.1:9/v1" } : {}),
      model: "some-model",
    };
    const full = await profiles.create({
      ...base,
      name: "A",
      provider: id,
      settings: await everySetting(profiles, provider, base),
      reasoning: { effort: "low" },
    });
    const plain = await profiles.create({ ...base, name: "B", provider: id });
    const requestOf = async (from: Profiles, profile: Profile): Promise<string> => {
      const connection = await from.open(profile.id);
      const { url, headers, body } = await connection.explain(
        requestFor(profile, { model: "some-model", messages: [{ role: "user", content: "hi" }] }),
      );
      return JSON.stringify({ url: String(url), headers, body });
    };
    const opened = [await requestOf(profiles, full), await requestOf(profiles, plain), await requestOf(profiles, full)];
    // Fresh ones have opened nothing else before.
    const fresh = [await requestOf(await begin(), full), await requestOf(await begin(), plain), await requestOf(await begin(), full)];
    expect(opened).toEqual(fresh);
    if (!WITHOUT_TRACE.includes(id)) expect(opened[0]).not.toBe(opened[1]);
    await profiles.close();
    await store.close();
  },
);
