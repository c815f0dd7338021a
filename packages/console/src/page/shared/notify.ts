import { notifications } from "@mantine/notifications";
import { ApiFailure } from "../api/client.ts";

export function notifyDone(message: string): void {
  notifications.show({ message, color: "teal" });
}

export function notifyNote(message: string): void {
  notifications.show({ message, color: "blue", autoClose: 10_000 });
}

/** Reports a failed action. A session that has ended is not reported, because the session page appears. */
export function notifyFailed(error: unknown): void {
  if (error instanceof ApiFailure && error.status === 401) return;
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiFailure && error.hint !== undefined ? ` ${error.hint}` : "";
  notifications.show({ title: "The action failed", message: text + hint, color: "red", autoClose: 10_000 });
}
