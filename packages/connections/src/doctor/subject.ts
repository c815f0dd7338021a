import type { ConnectionSource } from "../profile/connect.ts";
import type { Profile } from "../profile/profile.ts";

/** A connection to examine, saved or not. */
export interface DoctorSubject extends Pick<Profile, "name" | "model" | "reasoning"> {
  source: ConnectionSource;
}
