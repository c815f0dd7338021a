import { ConnectionsError, nearestNames, type Profile } from "@lumiverse/connections";
import { nothingSaved, type SavedConnections } from "../connection/saved.ts";

/** The connection of a name, or the default one. @throws ConnectionsError `not-found` with the nearest names */
export async function savedProfile(saved: SavedConnections, name: string | undefined): Promise<Profile> {
  const profile = await saved.find(name);
  if (profile !== undefined) return profile;
  const names = (await saved.profiles.list()).map((one) => one.name);
  if (names.length === 0) throw nothingSaved();
  const near = nearestNames(name ?? "", names);
  throw new ConnectionsError({
    code: "not-found",
    message: `there is no connection "${name}"`,
    hint: near.length > 0 ? `Did you mean ${near.map((one) => `"${one}"`).join(", ")}?` : `Saved connections: ${names.join(", ")}`,
  });
}
