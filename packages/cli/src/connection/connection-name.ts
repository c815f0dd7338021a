/** The names of saved connections, as a person types them. */
import { ConnectionsError, nearestNames, type Profile } from "@lumiverse/connections";
import { nothingSaved, type SavedConnections } from "./saved.ts";

/** The connection with this name, or the default one. @throws ConnectionsError `not-found` with the nearest names */
export async function savedProfile(saved: SavedConnections, name: string | undefined): Promise<Profile> {
  const profile = await saved.find(name);
  if (profile !== undefined) return profile;
  const all = await saved.profiles.list();
  if (all.length === 0) throw nothingSaved();
  throw new ConnectionsError({
    code: "not-found",
    message: `there is no connection "${name}"`,
    hint: hintForName(name ?? "", all),
  });
}

/** The saved connections whose names are near a misspelt name, or else the near ones of `providers`. All saved connections when none is near. */
export function hintForName(name: string, saved: readonly Profile[], providers: readonly string[] = []): string {
  const names = saved.map((profile) => profile.name);
  const near = [names, providers].map((known) => nearestNames(name, known)).find((found) => found.length > 0) ?? [];
  return near.length > 0 ? `Did you mean ${near.map((one) => `"${one}"`).join(", ")}?` : `Saved connections: ${names.join(", ")}`;
}
