import type { ConnectionView } from "@lumiverse/gateway/admin";
import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useIsFetching } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { useConnections } from "../api/queries.ts";
import { ModelSearchFields, NO_SEARCH } from "../connections/model-search.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { useGrowingList } from "../shared/growing-list.tsx";
import { onOptionKey } from "../shared/option-keys.ts";
import { Waiting } from "../shared/waiting.tsx";
import { useChat } from "./chat-provider.tsx";
import type { ChatSettings } from "./chat-settings.ts";
import { ConnectionModels, inOrderOfMatch } from "./connection-models.tsx";
import { type ModelChoice, useFavorites, useRecentModels } from "./model-choice.ts";

/** How many connections are drawn at once, each with its list of models, until the person searches. */
const STEP = 24;

/** The button that shows the chosen model, and its dialog with the models of all connections. */
export function ModelPicker(): ReactNode {
  const { settings, connection, problem, change } = useChat();
  const connections = useConnections();
  const [isOpen, setOpen] = useState(false);
  const [recent, addRecent] = useRecentModels();
  const choose = (choice: ModelChoice): void => {
    change(choice);
    addRecent(choice);
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

interface PickerDialogProps {
  recent: readonly ModelChoice[];
  onChoose: (choice: ModelChoice) => void;
  onClose: () => void;
}

function PickerDialog({ recent, onChoose, onClose }: PickerDialogProps): ReactNode {
  const connections = useConnections();
  const usable = (connections.data ?? []).filter(({ profile }) => profile.isEnabled && profile.secrets.key !== "missing");
  const [search, setSearch] = useState(NO_SEARCH);
  const isSearching = search.text.trim() !== "";
  const { shown, end } = useGrowingList(usable, STEP);
  const favorites = useFavorites();
  return (
    <Dialog onClose={onClose} title="Choose a model" size="lg" fillsPhone>
      <Stack onKeyDown={onOptionKey}>
        <ModelSearchFields label="Search models of all connections" values={search} onChange={setSearch} />
        {!isSearching && <ShortList title="Favorites" choices={favorites.all} connections={usable} onChoose={onChoose} />}
        {!isSearching && <ShortList title="Recent" choices={recent} connections={usable} onChoose={onChoose} />}
        <Waiting query={connections} what="connections" />
        {connections.data !== undefined && usable.length === 0 && <NoConnection />}
        {isSearching && <LoadingLists />}
        {/* A search loads and draws the lists of all connections. */}
        {(isSearching ? inOrderOfMatch(usable, search.text) : shown).map((connection) => (
          <ConnectionModels key={connection.profile.id} connection={connection} search={search} favorites={favorites} onChoose={onChoose} />
        ))}
        {!isSearching && end}
      </Stack>
    </Dialog>
  );
}

function NoConnection(): ReactNode {
  return (
    <Stack align="flex-start" gap="sm">
      <Text size="sm">No connection can answer. Connections without a key and connections that are switched off are not listed.</Text>
      <Button component={Link} href="/connections/new" variant="light">
        Choose a provider
      </Button>
    </Stack>
  );
}

function LoadingLists(): ReactNode {
  const loading = useIsFetching({ queryKey: ["models"] });
  if (loading === 0) return null;
  return (
    <Group gap="xs">
      <Loader size="xs" aria-label="Loading lists of models" />
      <Text size="sm" c="dimmed">{`${loading} ${loading === 1 ? "list is" : "lists are"} still loading`}</Text>
    </Group>
  );
}

interface ShortListProps {
  title: string;
  choices: readonly ModelChoice[];
  /** A choice of any other connection is left out. */
  connections: readonly ConnectionView[];
  onChoose: (choice: ModelChoice) => void;
}

function ShortList({ title, choices, connections, onChoose }: ShortListProps): ReactNode {
  const named = choices.flatMap((choice) => {
    const found = connections.find(({ profile }) => profile.id === choice.connection);
    return found === undefined ? [] : [{ choice, name: found.profile.name }];
  });
  if (named.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={650} component="h3" m={0} mb={4}>
        {title}
      </Text>
      <Group gap={6}>
        {named.map(({ choice, name }) => (
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
