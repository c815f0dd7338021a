import type { Profile } from "@lumiverse/connections";
import type { Alias } from "./alias.ts";

/** The names that a client can use, as they were at one moment. */
export interface Names {
  /** By name in lower case. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** By name in lower case. */
  readonly aliases: ReadonlyMap<string, Alias>;
}
