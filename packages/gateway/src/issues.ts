import { ConnectionsError, type FieldIssue, summaryOf } from "@lumiverse/connections";

/** An `invalid` error that lists every problem and quotes the first. */
export function invalidFields(issues: readonly FieldIssue[]): ConnectionsError {
  return new ConnectionsError({ code: "invalid", message: summaryOf(issues), issues });
}

export function invalidField(path: string, message: string): ConnectionsError {
  return invalidFields([{ path, message }]);
}
