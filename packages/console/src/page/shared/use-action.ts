import { useQueryClient } from "@tanstack/react-query";
import { call } from "../api/client.ts";
import { notifyFailed } from "./notify.ts";

export type Act = (method: "POST" | "DELETE", path?: string) => void;

/** Returns a function that sends a request below `<list>/<id>`, reports a failure, and loads the list again. */
export function useAction(list: "connections" | "keys" | "management-keys", id: string): Act {
  const queries = useQueryClient();
  return (method, path = "") =>
    void call(`${list}/${id}${path}`, { method })
      .catch(notifyFailed)
      .then(() => queries.invalidateQueries({ queryKey: [list] }));
}
