import { useSortable } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import type { UsageRow } from "@lumiverse/gateway";
import type { ConnectionView } from "@lumiverse/gateway/admin";
import { ActionIcon, Badge, Button, Group, Menu, Paper, Text } from "@mantine/core";
import {
  IconArrowBarToUp,
  IconArrowDown,
  IconArrowUp,
  IconCopy,
  IconGripVertical,
  IconMessage,
  IconPencil,
  IconStar,
  IconStethoscope,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { call } from "../api/client.ts";
import { useBalance } from "../api/queries.ts";
import { ActionsMenu, RemoveItem } from "../shared/actions-menu.tsx";
import { notifyFailed } from "../shared/notify.ts";
import { CardLines } from "./card-lines.tsx";
import type { MoveConnection } from "./connection-order.ts";
import { EnabledSwitch } from "./enabled-switch.tsx";
import { ProviderMark } from "./provider-mark.tsx";

/** The place of a card among all, counted from 0. */
export interface CardOrder {
  place: number;
  count: number;
  onMove: MoveConnection;
}

export interface ConnectionCardProps {
  connection: ConnectionView;
  /** Where it stands, where the person decides on the order. */
  order?: CardOrder;
  /** What the ledger has of it today. */
  today?: UsageRow | undefined;
  onExamine: () => void;
}

/** One connection at a glance. */
export function ConnectionCard({ connection, order, today, onExamine }: ConnectionCardProps): ReactNode {
  const { profile, provider, demo } = connection;
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({
    id: profile.id,
    disabled: order === undefined,
  });
  const live = useBalance(connection);
  const { card } = live.data ?? connection;
  const isMissing = profile.secrets.key === "missing";
  return (
    <Paper
      withBorder
      p="md"
      ref={setNodeRef}
      component="article"
      aria-label={profile.name}
      className="panel connection-card"
      data-dragging={isDragging || undefined}
      data-off={profile.isEnabled ? undefined : true}
      style={{ transform: CSS.Translate.toString(transform) ?? "", transition: transition ?? "" }}
    >
      <Group wrap="nowrap" gap="sm" align="flex-start">
        <ProviderMark id={provider.id} name={provider.name} />
        <div className="card-title">
          <Group gap={6} wrap="wrap">
            <Text fw={650} className="wrap" lineClamp={3} title={card.title} dir="auto">
              {card.title}
            </Text>
            {profile.isDefault && (
              <Badge size="sm" variant="light" className="badge-strong">
                Default
              </Badge>
            )}
            {demo && (
              <Badge size="sm" color="orange" variant="light" className="badge-strong">
                Demo
              </Badge>
            )}
            {!profile.isEnabled && (
              <Badge size="sm" color="gray" variant="light" className="badge-strong">
                Off
              </Badge>
            )}
            {isMissing && (
              <Badge size="sm" color="red" variant="light" className="badge-strong">
                Key missing
              </Badge>
            )}
          </Group>
        </div>
        <Group gap={0} ml="auto" wrap="nowrap">
          {order !== undefined && (
            <ActionIcon
              ref={setActivatorNodeRef}
              variant="subtle"
              color="gray"
              className="grip"
              {...attributes}
              {...listeners}
              aria-label={`Move ${profile.name}: press Space, then the arrow keys`}
            >
              <IconGripVertical size={16} />
            </ActionIcon>
          )}
          {!demo && <CardMenu connection={connection} order={order} />}
        </Group>
      </Group>
      <CardLines lines={card.lines.filter(({ kind }) => kind !== "key" || !isMissing)} />
      {today !== undefined && (
        <Text size="sm" c="dimmed">
          {todayText(today)}
        </Text>
      )}
      <Group gap={6} mt="auto" pt="sm">
        {profile.isEnabled && (
          <Button
            size="xs"
            variant="light"
            component={Link}
            href={`/chat?connection=${profile.id}`}
            leftSection={<IconMessage size={14} aria-hidden />}
          >
            Chat
          </Button>
        )}
        <Button size="xs" variant="default" onClick={onExamine} leftSection={<IconStethoscope size={14} aria-hidden />}>
          Check
        </Button>
        {!demo && (
          <Button
            size="xs"
            variant="default"
            component={Link}
            href={`/connections/${profile.id}`}
            leftSection={<IconPencil size={14} aria-hidden />}
          >
            Edit
          </Button>
        )}
        {!demo && <EnabledSwitch profile={profile} />}
      </Group>
    </Paper>
  );
}

function CardMenu({ connection: { profile }, order }: { connection: ConnectionView; order: CardOrder | undefined }): ReactNode {
  const queries = useQueryClient();
  const act = async (path: string, method: "POST" | "DELETE"): Promise<void> => {
    try {
      await call(`connections/${profile.id}${path}`, { method });
    } catch (cause) {
      notifyFailed(cause);
    }
    await queries.invalidateQueries({ queryKey: ["connections"] });
  };
  return (
    <ActionsMenu of={profile.name}>
      <Menu.Item leftSection={<IconStar size={14} aria-hidden />} disabled={profile.isDefault} onClick={() => void act("/default", "POST")}>
        Make it the default
      </Menu.Item>
      <Menu.Item leftSection={<IconCopy size={14} aria-hidden />} onClick={() => void act("/duplicate", "POST")}>
        Duplicate
      </Menu.Item>
      {order !== undefined && <MoveItems id={profile.id} order={order} />}
      <RemoveItem
        action="Remove"
        title={`Remove "${profile.name}"?`}
        text="Its stored key is removed, too. Calls that were made stay in the logs."
        onConfirm={() => void act("", "DELETE")}
      />
    </ActionsMenu>
  );
}

/** For whoever cannot drag. */
function MoveItems({ id, order: { place, count, onMove } }: { id: string; order: CardOrder }): ReactNode {
  return (
    <>
      <Menu.Item leftSection={<IconArrowBarToUp size={14} aria-hidden />} disabled={place === 0} onClick={() => onMove(id, 0)}>
        Move to the top
      </Menu.Item>
      <Menu.Item leftSection={<IconArrowUp size={14} aria-hidden />} disabled={place === 0} onClick={() => onMove(id, place - 1)}>
        Move up
      </Menu.Item>
      <Menu.Item leftSection={<IconArrowDown size={14} aria-hidden />} disabled={place === count - 1} onClick={() => onMove(id, place + 1)}>
        Move down
      </Menu.Item>
    </>
  );
}

/** Whether the prompt cache works shows in what is read from it. */
function todayText({ calls, inputTokens, cacheReadTokens, cacheWriteTokens }: UsageRow): string {
  const prompt = inputTokens + cacheReadTokens + cacheWriteTokens;
  const share =
    prompt === 0 || cacheReadTokens === 0 ? "" : ` • ${Math.round((cacheReadTokens / prompt) * 100)} % of the prompt from the cache`;
  return `Today: ${calls} ${calls === 1 ? "call" : "calls"}${share}`;
}
