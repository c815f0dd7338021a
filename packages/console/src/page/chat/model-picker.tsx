import { isChatModel, type ModelListing, searchModels } from "@lumiverse/connections";
import type { ModelInfo } from "@lumiverse/core";
import type { ConnectionView } from "@lumiverse/gateway/admin";
import { ActionIcon, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronDown, IconStar, IconStarFilled } from "@tabler/icons-react";
import { useIsFetching } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { useConnections, useModelList } from "../api/queries.ts";
import { ModelOption } from "../connections/model-option.tsx";
import { ModelSearchFields, type ModelSearchValues, NO_SEARCH } from "../connections/model-search.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { useGrowingList } from "../shared/growing-list.tsx";
import { Waiting } from "../shared/waiting.tsx";
import { useChat } from "./chat-provider.tsx";
import type { ChatSettings } from "./chat-settings.ts";

/** Models of one connection that are drawn, until the person searches. */
const FEW = 8;
/** Connections whose lists are loaded and drawn at once, until the person searches. */
const STEP = 24;
const MANY = 60;
const RECENT = 6;

interface Choice {
  connection: string;
  model: string;
}

/** Chooses who answers: any model of any connection. */
export function ModelPicker(): ReactNode {
  const { settings, connection, problem, change } = useChat();
  const connections = useConnections();
  const [isOpen, setOpen] = useState(false);
  const [recent, setRecent] = useLocalStorage<Choice[]>({ key: "lumiverse-recent-models", defaultValue: [] });
  const choose = (choice: Choice): void => {
    change(choice);
    setRecent((before) => [choice, ...before.filter((one) => !same(one, choice))].slice(0, RECENT));
    setOpen(false);
  };
  const label = problem === undefined ? labelOf(settings, connection, connections.isPending) : "The connections could not be loaded";
  return (
    <>
      <Button
        variant="default"
        className="model-button"
        rightSection={<IconChevronDown size={14} aria-hidden />}
        onClick={() => setOpen(true)}
        aria-label={`Model: ${label}`}
      >
        <span className="ellipsis">{label}</span>
      </Button>
      {isOpen && <PickerDialog recent={recent} onChoose={choose} onClose={() => setOpen(false)} />}
    </>
  );
}

function labelOf({ connection: id, model }: ChatSettings, connection: ConnectionView | undefined, isLoading: boolean): string {
  if (connection?.profile.isEnabled === false) return `${connection.profile.name} is switched off`;
  if (connection !== undefined)
    return model === undefined ? `Choose a model of ${connection.profile.name}` : `${connection.profile.name} / ${model}`;
  return id === undefined || isLoading ? "Choose a model" : "The chosen connection no longer exists";
}

function PickerDialog({
  recent,
  onChoose,
  onClose,
}: {
  recent: readonly Choice[];
  onChoose: (choice: Choice) => void;
  onClose: () => void;
}): ReactNode {
  const connections = useConnections();
  const all = (connections.data ?? []).filter(({ profile }) => profile.isEnabled && profile.secrets.key !== "missing");
  const [search, setSearch] = useState(NO_SEARCH);
  const isSearching = search.text.trim() !== "";
  const { shown, end } = useGrowingList(all, STEP);
  // The lists of all connections are searched, although only some of them are drawn before.
  const sections = isSearching ? inOrderOfMatch(all, search.text) : shown;
  const [favorites, setFavorites] = useLocalStorage<Choice[]>({ key: "lumiverse-favorite-models", defaultValue: [] });
  const toggle = (choice: Choice): void =>
    setFavorites((before) => (before.some((one) => same(one, choice)) ? before.filter((one) => !same(one, choice)) : [...before, choice]));
  const named = (choices: readonly Choice[]): { choice: Choice; name: string }[] =>
    choices.flatMap((choice) => {
      const found = all.find(({ profile }) => profile.id === choice.connection);
      return found === undefined ? [] : [{ choice, name: found.profile.name }];
    });
  return (
    <Dialog onClose={onClose} title="Choose a model" size="lg" fillsPhone>
      <Stack>
        <ModelSearchFields label="Search models of all connections" values={search} onChange={setSearch} />
        {!isSearching && <ShortList title="Favorites" choices={named(favorites)} onChoose={onChoose} />}
        {!isSearching && <ShortList title="Recent" choices={named(recent)} onChoose={onChoose} />}
        <Waiting query={connections} what="connections" />
        {connections.data !== undefined && all.length === 0 && <NoConnection />}
        {isSearching && <ListsOnTheirWay />}
        {sections.map((connection) => (
          <Models
            key={connection.profile.id}
            connection={connection}
            search={search}
            isFavorite={(model) => favorites.some((one) => same(one, { connection: connection.profile.id, model }))}
            onToggle={(model) => toggle({ connection: connection.profile.id, model })}
            onChoose={(model) => onChoose({ connection: connection.profile.id, model })}
          />
        ))}
        {!isSearching && end}
      </Stack>
    </Dialog>
  );
}

function NoConnection(): ReactNode {
  return (
    <Stack align="flex-start" gap="sm">
      <Text size="sm">
        There is no connection that could answer. A connection without its key is not listed, nor one that is switched off.
      </Text>
      <Button component={Link} href="/connections/new" variant="light">
        Choose a provider
      </Button>
    </Stack>
  );
}

function ListsOnTheirWay(): ReactNode {
  const loading = useIsFetching({ queryKey: ["models"] });
  if (loading === 0) return null;
  return (
    <Group gap="xs">
      <Loader size="xs" aria-label="Loading lists of models" />
      <Text size="sm" c="dimmed">{`${loading} ${loading === 1 ? "list is" : "lists are"} still loading`}</Text>
    </Group>
  );
}

function ShortList({
  title,
  choices,
  onChoose,
}: {
  title: string;
  choices: readonly { choice: Choice; name: string }[];
  onChoose: (choice: Choice) => void;
}): ReactNode {
  if (choices.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={650} component="h3" m={0} mb={4}>
        {title}
      </Text>
      <Group gap={6}>
        {choices.map(({ choice, name }) => (
          <Button
            key={`${choice.connection} ${choice.model}`}
            size="compact-sm"
            variant="default"
            className="model-button"
            onClick={() => onChoose(choice)}
          >
            <span className="ellipsis">{`${name} / ${choice.model}`}</span>
          </Button>
        ))}
      </Group>
    </div>
  );
}

interface ModelsProps {
  connection: ConnectionView;
  search: ModelSearchValues;
  isFavorite: (model: string) => boolean;
  onToggle: (model: string) => void;
  onChoose: (model: string) => void;
}

function Models({ connection, search: { text: typed, sort, onlyChat }, isFavorite, onToggle, onChoose }: ModelsProps): ReactNode {
  const { profile, provider, demo } = connection;
  const list = useModelList(connection);
  const text = wordsBeyondName(connection, typed).join(" ");
  const [showsAll, setShowsAll] = useState(false);
  const found = searchModels(list.data?.models ?? [], { text, sort }).filter(({ id }) => !onlyChat || isChatModel(id));
  // The connection's own model comes first, and what a vendor retires comes last.
  const rank = ({ id, state }: ModelInfo): number => (id === profile.model ? 0 : state === undefined ? 1 : 2);
  if (sort === "match" && text === "") found.sort((a, b) => rank(a) - rank(b));
  // A model that the connection names is there, whatever the list says.
  const own = profile.model !== "" && !found.some(({ id }) => id === profile.model) && profile.model.toLowerCase().includes(text);
  if (text !== "" && found.length === 0 && !own) return null;
  const shown = found.slice(0, showsAll || text !== "" ? MANY : FEW);
  return (
    <section aria-label={profile.name}>
      <Group gap="xs" mb={2}>
        <Text size="sm" fw={650} component="h3" m={0}>
          {profile.name}
        </Text>
        <Text size="xs" c="dimmed">
          {demo ? `${provider.name}, demo` : provider.name}
        </Text>
        {list.isPending && <Loader size="xs" aria-label={`Loading the models of ${profile.name}`} />}
        <Text size="xs" c="dimmed">
          {list.isError ? list.error.message : statusOf(list.data)}
        </Text>
      </Group>
      {[...(own ? [{ id: profile.model, source: "connection" as const }] : []), ...shown].map((model) => (
        <Group key={model.id} gap={4} wrap="nowrap">
          <ActionIcon
            variant="subtle"
            color={isFavorite(model.id) ? "yellow" : "gray"}
            aria-label={isFavorite(model.id) ? `Remove ${model.id} from the favorites` : `Add ${model.id} to the favorites`}
            onClick={() => onToggle(model.id)}
          >
            {isFavorite(model.id) ? <IconStarFilled size={14} /> : <IconStar size={14} />}
          </ActionIcon>
          <ModelOption model={model} onChoose={() => onChoose(model.id)} />
        </Group>
      ))}
      {found.length > shown.length && (
        <Button size="compact-xs" variant="subtle" onClick={() => setShowsAll(true)} disabled={showsAll || text !== ""}>
          {showsAll || text !== "" ? `${found.length - shown.length} more: search to find them` : `Show all ${found.length}`}
        </Button>
      )}
    </section>
  );
}

/** The words of a search without those that name the connection or its provider: such a word finds all of its models. */
function wordsBeyondName({ profile, provider }: ConnectionView, typed: string): string[] {
  const name = `${profile.name} ${provider.name}`.toLowerCase();
  return typed
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => !name.includes(word));
}

/** Connections that the search names, or whose own model it names, come first: their lists are loaded first. */
function inOrderOfMatch(connections: readonly ConnectionView[], typed: string): ConnectionView[] {
  const isMatch = (one: ConnectionView): boolean =>
    wordsBeyondName(one, typed).every((word) => one.profile.model.toLowerCase().includes(word));
  return [...connections.filter(isMatch), ...connections.filter((one) => !isMatch(one))];
}

function statusOf(listing: ModelListing | undefined): string {
  if (listing === undefined) return "";
  if (listing.failure !== undefined)
    return listing.models.length === 0
      ? `The list failed: ${listing.failure.message}`
      : "The live list failed; this is the built-in or the last one";
  return listing.source === "catalogue" ? "built-in list" : "";
}

function same(a: Choice, b: Choice): boolean {
  return a.connection === b.connection && a.model === b.model;
}
