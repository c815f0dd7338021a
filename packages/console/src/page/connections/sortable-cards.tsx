import {
  type Announcements,
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import { rectSortingStrategy, SortableContext, sortableKeyboardCoordinates } from "@dnd-kit/sortable";
import type { ConnectionView } from "@lumiverse/gateway/admin";
import type { ReactNode } from "react";
import type { MoveConnection } from "./connection-order.ts";

export interface SortableCardsProps {
  /** All connections in their order, including those that are not drawn. */
  connections: readonly ConnectionView[];
  /** The ids of the cards that are drawn and can be moved. */
  shown: readonly string[];
  onMove: MoveConnection;
  children: ReactNode;
}

/** Cards that a person moves with the mouse, a finger or the keyboard. */
export function SortableCards({ connections, shown, onMove, children }: SortableCardsProps): ReactNode {
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const placeOf = (id: string | number): number => connections.findIndex(({ profile }) => profile.id === id);
  const drop = ({ active, over }: DragEndEvent): void => {
    if (over !== null) onMove(String(active.id), placeOf(over.id));
  };
  const nameOf = (id: string | number): string => connections[placeOf(id)]?.profile.name ?? "";
  const placeText = (id: string | number): string => `place ${placeOf(id) + 1} of ${connections.length}`;
  // The texts of the library name ids, which mean nothing to a person.
  const announcements: Announcements = {
    onDragStart: ({ active }) => `Picked up ${nameOf(active.id)}, ${placeText(active.id)}.`,
    onDragOver: ({ active, over }) => (over === null ? undefined : `${nameOf(active.id)} is over ${placeText(over.id)}.`),
    onDragEnd: ({ active, over }) => (over === null ? undefined : `${nameOf(active.id)} is now at ${placeText(over.id)}.`),
    onDragCancel: ({ active }) => `${nameOf(active.id)} stays at ${placeText(active.id)}.`,
  };
  return (
    <DndContext sensors={sensors} collisionDetection={closestCenter} onDragEnd={drop} accessibility={{ announcements }}>
      <SortableContext items={[...shown]} strategy={rectSortingStrategy}>
        {children}
      </SortableContext>
    </DndContext>
  );
}
