import { useSortable } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import type { UsageRow } from "@lumiverse/gateway";
import type { ConnectionView } from "@lumiverse/gateway/admin";
import { ActionIcon, Button, Group, Menu, Paper, Text } from "@mantine/core";
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
import type { ReactNode } from "react";
import { Link } from "wouter";
import { promptTokens, useBalance } from "../api/queries.ts";
import { ActionsMenu, RemoveItem } from "../shared/actions-menu.tsx";
import { LightBadge } from "../shared/light-badge.tsx";
import { useAction } from "../shared/use-action.ts";
import { CardLines } from "./card-lines.tsx";
import type { MoveConnection } from "./connection-order.ts";
import { EnabledSwitch } from "./enabled-switch.tsx";
import { ProviderMark } from "./provider-mark.tsx";

/** The place of a card in the order of all cards. */
export interface CardOrder {
  /** Counted from 0. */
  place: number;
  /** How many cards there are. */
  count: number;
  onMove: MoveConnection;
}

export interface ConnectionCardProps {
  connection: ConnectionView;
  /** Absent: the card cannot be moved. */
  order?: CardOrder;
  /** The usage of the connection today. Absent: the ledger has no call. */
  today?: UsageRow | undefined;
  onExamine: () => void;
}

/** One connection at a glance. */
export function ConnectionCard({ connection, order, today, onExamine }: ConnectionCardProps): ReactNode {
  const { profile, provider, demo } = connection;
  const sortable = useSortable({ id: profile.id, disabled: order === undefined });
  const live = useBalance(connection);
  const { title, lines } = (live.data ?? connection).card;
  const isKeyMissing = profile.secrets.key === "missing";
  return (
    <Paper
      withBorder
      p="md"
      ref={sortable.setNodeRef}
      component="article"
      aria-label={profile.name}
      className="panel connection-card"
      data-dragging={sortable.isDragging || undefined}
      data-off={profile.isEnabled ? undefined : true}
      style={{ transform: CSS.Translate.toString(sortable.transform) ?? "", transition: sortable.transition ?? "" }}
    >
      <Group wrap="nowrap" gap="sm" align="flex-start">
        <ProviderMark id={provider.id} name={provider.name} />
        <CardTitle connection={connection} title={title} />
        <Group gap={0} ml="auto" wrap="nowrap">
          {order !== undefined && <Grip name={profile.name} sortable={sortable} />}
          {!demo && <CardMenu connection={connection} order={order} />}
        </Group>
      </Group>
      {/* A badge says that the key is missing. */}
      <CardLines lines={isKeyMissing ? lines.filter(({ kind }) => kind !== "key") : lines} />
      {today !== undefined && (
        <Text size="sm" c="dimmed">
          {todayText(today)}
        </Text>
      )}
      <CardActions connection={connection} onExamine={onExamine} />
    </Paper>
  );
}

function CardTitle({ connection: { profile, demo }, title }: { connection: ConnectionView; title: string }): ReactNode {
  return (
    <div className="card-title">
      <Group gap={6} wrap="wrap">
        <Text fw={650} className="wrap" lineClamp={3} title={title} dir="auto">
          {title}
        </Text>
        {profile.isDefault && <LightBadge>Default</LightBadge>}
        {demo && <LightBadge color="orange">Demo</LightBadge>}
        {!profile.isEnabled && <LightBadge color="gray">Off</LightBadge>}
        {profile.secrets.key === "missing" && <LightBadge color="red">Key missing</LightBadge>}
      </Group>
    </div>
  );
}

/** The handle that moves a card. */
function Grip({ name, sortable }: { name: string; sortable: ReturnType<typeof useSortable> }): ReactNode {
  return (
    <ActionIcon
      ref={sortable.setActivatorNodeRef}
      variant="subtle"
      color="gray"
      className="grip"
      {...sortable.attributes}
      {...sortable.listeners}
      aria-label={`Move ${name}: press Space, then the arrow keys`}
    >
      <IconGripVertical size={16} />
    </ActionIcon>
  );
}

function CardActions({ connection: { profile, demo }, onExamine }: Pick<ConnectionCardProps, "connection" | "onExamine">): ReactNode {
  return (
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
  );
}

function CardMenu({ connection: { profile }, order }: { connection: ConnectionView; order: CardOrder | undefined }): ReactNode {
  const act = useAction("connections", profile.id);
  return (
    <ActionsMenu of={profile.name}>
      <Menu.Item leftSection={<IconStar size={14} aria-hidden />} disabled={profile.isDefault} onClick={() => act("POST", "/default")}>
        Make it the default
      </Menu.Item>
      <Menu.Item leftSection={<IconCopy size={14} aria-hidden />} onClick={() => act("POST", "/duplicate")}>
        Duplicate
      </Menu.Item>
      {order !== undefined && <MoveItems id={profile.id} order={order} />}
      <RemoveItem
        action="Remove"
        title={`Remove "${profile.name}"?`}
        text="Its stored key is removed, too. Its calls stay in the logs."
        onConfirm={() => act("DELETE")}
      />
    </ActionsMenu>
  );
}

/** Moves a card without dragging it. */
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

/** The calls of today. The share of cached tokens shows whether the prompt cache works. */
function todayText(row: UsageRow): string {
  const { calls, cacheReadTokens } = row;
  const prompt = promptTokens(row);
  const share =
    prompt === 0 || cacheReadTokens === 0 ? "" : ` • ${Math.round((cacheReadTokens / prompt) * 100)} % of the prompt from the cache`;
  return `Today: ${calls} ${calls === 1 ? "call" : "calls"}${share}`;
}
