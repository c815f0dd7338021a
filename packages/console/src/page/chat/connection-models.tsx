import { isChatModel, type ModelListing, searchModels } from "@lumiverse/connections";
import type { ModelInfo } from "@lumiverse/core";
import type { ConnectionView } from "@lumiverse/gateway/admin";
import { ActionIcon, Button, Group, Loader, Text } from "@mantine/core";
import { IconStar, IconStarFilled } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useModelList } from "../api/queries.ts";
import { ModelOption } from "../connections/model-option.tsx";
import type { ModelSearchValues } from "../connections/model-search.tsx";
import type { Favorites, ModelChoice } from "./model-choice.ts";

/** How many models of one connection are drawn, before and after the person searches or presses the button. */
const FEW = 8;
const MANY = 60;

interface ConnectionModelsProps {
  connection: ConnectionView;
  search: ModelSearchValues;
  favorites: Favorites;
  onChoose: (choice: ModelChoice) => void;
}

/** The models of one connection that the search finds. */
export function ConnectionModels({ connection, search, favorites, onChoose }: ConnectionModelsProps): ReactNode {
  const list = useModelList(connection);
  const [showsAll, setShowsAll] = useState(false);
  const text = wordsBeyondName(connection, search.text).join(" ");
  const found = foundModels(list.data?.models ?? [], { ...search, text }, connection.profile.model);
  const own = missingOwnModel(found, connection.profile.model, text);
  if (text !== "" && found.length === 0 && own.length === 0) return null;
  const isWhole = showsAll || text !== "";
  const shown = found.slice(0, isWhole ? MANY : FEW);
  return (
    <section aria-label={connection.profile.name}>
      <Heading connection={connection} list={list} />
      {[...own, ...shown].map((model) => (
        <ModelRow
          key={model.id}
          model={model}
          choice={{ connection: connection.profile.id, model: model.id }}
          favorites={favorites}
          onChoose={onChoose}
        />
      ))}
      {found.length > shown.length && (
        <Button size="compact-xs" variant="subtle" onClick={() => setShowsAll(true)} disabled={isWhole}>
          {isWhole ? `${found.length - shown.length} more: search to find them` : `Show all ${found.length}`}
        </Button>
      )}
    </section>
  );
}

interface HeadingProps {
  connection: ConnectionView;
  list: UseQueryResult<ModelListing>;
}

function Heading({ connection: { profile, provider, demo }, list }: HeadingProps): ReactNode {
  return (
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
  );
}

interface ModelRowProps {
  model: ModelInfo;
  choice: ModelChoice;
  favorites: Favorites;
  onChoose: (choice: ModelChoice) => void;
}

function ModelRow({ model, choice, favorites, onChoose }: ModelRowProps): ReactNode {
  const isFavorite = favorites.has(choice);
  return (
    <Group gap={4} wrap="nowrap">
      <ActionIcon
        variant="subtle"
        color={isFavorite ? "yellow" : "gray"}
        aria-label={isFavorite ? `Remove ${model.id} from the favorites` : `Add ${model.id} to the favorites`}
        onClick={() => favorites.toggle(choice)}
      >
        {isFavorite ? <IconStarFilled size={14} /> : <IconStar size={14} />}
      </ActionIcon>
      <ModelOption model={model} onChoose={() => onChoose(choice)} />
    </Group>
  );
}

/** Without a search, the connection's own model comes first, and deprecated models come last. */
function foundModels(models: readonly ModelInfo[], { text, sort, onlyChat }: ModelSearchValues, ownModel: string): ModelInfo[] {
  const found = searchModels(models, { text, sort }).filter(({ id }) => !onlyChat || isChatModel(id));
  const rank = ({ id, state }: ModelInfo): number => (id === ownModel ? 0 : state === undefined ? 1 : 2);
  return sort === "match" && text === "" ? found.toSorted((a, b) => rank(a) - rank(b)) : found;
}

/** The connection's own model if the list does not have it. It can be chosen all the same. */
function missingOwnModel(found: readonly ModelInfo[], ownModel: string, text: string): ModelInfo[] {
  const isMissing = ownModel !== "" && !found.some(({ id }) => id === ownModel) && ownModel.toLowerCase().includes(text);
  return isMissing ? [{ id: ownModel, source: "connection" }] : [];
}

/** Connections whose name, provider or own model the search names come first, so that their lists are loaded first. */
export function inOrderOfMatch(connections: readonly ConnectionView[], typed: string): ConnectionView[] {
  const isMatch = (one: ConnectionView): boolean =>
    wordsBeyondName(one, typed).every((word) => one.profile.model.toLowerCase().includes(word));
  return [...connections.filter(isMatch), ...connections.filter((one) => !isMatch(one))];
}

/** The words of a search that are not in the name of the connection or its provider. The others match all models of the connection. */
function wordsBeyondName({ profile, provider }: ConnectionView, typed: string): string[] {
  const name = `${profile.name} ${provider.name}`.toLowerCase();
  return typed
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => !name.includes(word));
}

function statusOf(listing: ModelListing | undefined): string {
  if (listing === undefined) return "";
  if (listing.failure !== undefined)
    return listing.models.length === 0
      ? `The list failed: ${listing.failure.message}`
      : "The live list failed. This is an earlier list or the built-in one.";
  return listing.source === "catalogue" ? "built-in list" : "";
}
