import { arrayMove } from "@dnd-kit/sortable";
import type { ConnectionView } from "@lumiverse/gateway/admin";
import { useQueryClient } from "@tanstack/react-query";
import { call } from "../api/client.ts";
import { notifyFailed } from "../shared/notify.ts";

/** Moves the connection with that id to a place, counted from 0. */
export type MoveConnection = (id: string, place: number) => void;

/** Returns a function that moves one of the person's connections. The move shows at once, and is undone if it cannot be stored. `ids`: all of them in their order. */
export function useConnectionOrder(ids: readonly string[]): MoveConnection {
  const queries = useQueryClient();
  const store = async (order: readonly string[]): Promise<void> => {
    queries.setQueryData<ConnectionView[]>(["connections"], (before = []) => inOrder(before, order));
    try {
      queries.setQueryData(["connections"], await call<ConnectionView[]>("connections/order", { method: "PUT", body: { ids: order } }));
    } catch (cause) {
      notifyFailed(cause);
      await queries.invalidateQueries({ queryKey: ["connections"] });
    }
  };
  return (id, place) => {
    const from = ids.indexOf(id);
    if (from !== place && place >= 0 && place < ids.length) void store(arrayMove([...ids], from, place));
  };
}

/** Connections that the order does not name come last. */
function inOrder(connections: readonly ConnectionView[], order: readonly string[]): ConnectionView[] {
  const ranks = new Map(order.map((id, rank) => [id, rank]));
  const rankOf = ({ profile }: ConnectionView): number => ranks.get(profile.id) ?? order.length;
  return connections.toSorted((a, b) => rankOf(a) - rankOf(b));
}
