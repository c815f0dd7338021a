import { Button, Drawer, Group, Menu, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconPencil, IconPencilPlus } from "@tabler/icons-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { Link } from "wouter";
import { ActionsMenu, RemoveItem } from "../shared/actions-menu.tsx";
import { confirm } from "../shared/confirm.tsx";
import { Dialog, FormButtons } from "../shared/dialog.tsx";
import { moment } from "../shared/format.ts";
import { useGrowingList } from "../shared/growing-list.tsx";
import { notifyFailed } from "../shared/notify.ts";
import { hasWords, SearchField } from "../shared/search-field.tsx";
import { Progress } from "../shared/waiting.tsx";
import type { ConversationEntry } from "./conversation.ts";
import { removeAllConversations, removeConversation, renameConversation } from "./conversation-store.ts";
import { useConversationList, useConversations, useNewConversation } from "./conversations-provider.tsx";

/** How many entries are drawn at once. */
const STEP = 50;
/** From how many entries on the list has a search. */
const SEARCH_FROM = 8;

/** The conversations of this browser. The person opens, renames and deletes them here. */
export function ConversationList({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactNode {
  return (
    <Drawer opened={opened} onClose={onClose} title="Conversations" size={360} closeButtonProps={{ "aria-label": "Close" }}>
      {opened && <Entries onClose={onClose} />}
    </Drawer>
  );
}

function Entries({ onClose }: { onClose: () => void }): ReactNode {
  const list = useConversationList();
  const [search, setSearch] = useState("");
  const [renamed, setRenamed] = useState<ConversationEntry | undefined>();
  const all = list.data ?? [];
  const found = all.filter(({ title }) => hasWords(title, search.trim()));
  const { shown, end } = useGrowingList(found, STEP);
  return (
    <Stack gap="sm">
      <NewConversation onStart={onClose} />
      {all.length >= SEARCH_FROM && <SearchField label="Search conversations" value={search} onChange={setSearch} />}
      {list.isPending && <Progress what="conversations" />}
      {list.isError && (
        <Text size="sm">This browser keeps no data for this page, so a conversation ends when the page is closed or loaded again.</Text>
      )}
      {list.data !== undefined && found.length === 0 && (
        <Text size="sm" c="dimmed">
          {all.length === 0 ? "There is no conversation yet. The first message starts one." : "No conversation has a title like that."}
        </Text>
      )}
      <ul className="conversation-list">
        {shown.map((entry) => (
          <Entry key={entry.id} entry={entry} onOpen={onClose} onRename={() => setRenamed(entry)} />
        ))}
      </ul>
      {end}
      {all.length > 0 && <DeleteAll count={all.length} />}
      {renamed !== undefined && <RenameDialog entry={renamed} onClose={() => setRenamed(undefined)} />}
    </Stack>
  );
}

function NewConversation({ onStart }: { onStart: () => void }): ReactNode {
  const { current } = useConversations();
  const startConversation = useNewConversation();
  return (
    <Button
      variant="default"
      leftSection={<IconPencilPlus size={16} aria-hidden />}
      onClick={() => {
        startConversation();
        onStart();
      }}
      disabled={!current.isStored}
      data-autofocus
    >
      New conversation
    </Button>
  );
}

function DeleteAll({ count }: { count: number }): ReactNode {
  const askAndDelete = (): void =>
    confirm({
      title: "Delete all conversations?",
      text: `This browser has ${count} ${count === 1 ? "conversation" : "conversations"}. They cannot be restored.`,
      action: "Delete all",
      onConfirm: () => void removeAllConversations().catch(notifyFailed),
    });
  return (
    <Group justify="space-between" mt="xs" wrap="nowrap">
      <Text size="xs" c="dimmed">
        Kept only in this browser.
      </Text>
      <Button variant="subtle" color="red" size="compact-xs" onClick={askAndDelete}>
        Delete all
      </Button>
    </Group>
  );
}

interface EntryProps {
  entry: ConversationEntry;
  onOpen: () => void;
  onRename: () => void;
}

function Entry({ entry: { id, title, updatedAt }, onOpen, onRename }: EntryProps): ReactNode {
  const { current, live } = useConversations();
  const isCurrent = current.id === id;
  const isRunning = live.some((one) => one.id === id && one.isRunning);
  return (
    <li className="conversation-entry" data-active={isCurrent || undefined}>
      <UnstyledButton
        component={Link}
        href={`/chat/${id}`}
        className="conversation-link"
        onClick={onOpen}
        {...(isCurrent ? { "aria-current": "page" as const } : {})}
      >
        <Text size="sm" span className="ellipsis" dir="auto">
          {title}
        </Text>
        <Text size="xs" c="dimmed" span>
          {isRunning ? "Answering…" : moment(new Date(updatedAt).toISOString())}
        </Text>
      </UnstyledButton>
      <ActionsMenu of={title}>
        <Menu.Item leftSection={<IconPencil size={14} aria-hidden />} onClick={onRename}>
          Rename
        </Menu.Item>
        <RemoveItem
          action="Delete"
          title="Delete this conversation?"
          text={`"${title}" cannot be restored.`}
          onConfirm={() => void removeConversation(id).catch(notifyFailed)}
        />
      </ActionsMenu>
    </li>
  );
}

function RenameDialog({ entry, onClose }: { entry: ConversationEntry; onClose: () => void }): ReactNode {
  const [title, setTitle] = useState(entry.title);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    renameConversation(entry.id, title.trim()).then(onClose, notifyFailed);
  };
  return (
    <Dialog onClose={onClose} title="Rename the conversation">
      <form onSubmit={save}>
        <Stack>
          <TextInput label="Title" value={title} maxLength={200} data-autofocus onChange={(event) => setTitle(event.currentTarget.value)} />
          <FormButtons action="Rename" disabled={title.trim() === ""} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}
