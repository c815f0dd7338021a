import { ConnectionsError, type FieldIssue } from "@lumiverse/connections";

/** An `invalid` error that lists every problem and quotes the first. */
export function invalid(issues: readonly FieldIssue[]): ConnectionsError {
  const [first] = issues;
  const text = first === undefined ? "not valid" : first.path === "" ? first.message : `${first.path}: ${first.message}`;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return new ConnectionsError({ code: "invalid", message: text + more, issues });
}

export function invalidField(path: string, message: string): ConnectionsError {
  return invalid([{ path, message }]);
}
