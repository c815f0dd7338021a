import { notifications } from "@mantine/notifications";
import { ApiFailure } from "../api/client.ts";

export function notifyDone(message: string): void {
  notifications.show({ message, color: "teal" });
}

export function notifyNote(message: string): void {
  notifications.show({ message, color: "blue", autoClose: 10_000 });
}

/** Reports a failed action. The session page reports a session that ended. */
export function notifyFailed(error: unknown): void {
  if (error instanceof ApiFailure && error.status === 401) return;
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiFailure && error.hint !== undefined ? ` ${error.hint}` : "";
  notifications.show({ title: "That did not work", message: text + hint, color: "red", autoClose: 10_000 });
}
