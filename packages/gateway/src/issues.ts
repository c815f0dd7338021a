import { type ConnectionsError, invalidFields } from "@lumiverse/connections";

/** An `invalid` error about one field. */
export function invalidField(path: string, message: string): ConnectionsError {
  return invalidFields([{ path, message }]);
}
