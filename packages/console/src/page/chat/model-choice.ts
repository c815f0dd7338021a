/** Models that the person chose before. The browser keeps them. */
import { useLocalStorage } from "@mantine/hooks";

/** A model of a connection, by its ids. */
export interface ModelChoice {
  connection: string;
  model: string;
}

/** How many recent models are kept. */
const MOST_RECENT = 6;

export interface Favorites {
  all: readonly ModelChoice[];
  has: (choice: ModelChoice) => boolean;
  /** Adds a model, or removes it. */
  toggle: (choice: ModelChoice) => void;
}

export function useFavorites(): Favorites {
  const [all, setAll] = useLocalStorage<ModelChoice[]>({ key: "lumiverse-favorite-models", defaultValue: [] });
  const has = (choice: ModelChoice): boolean => includes(all, choice);
  const toggle = (choice: ModelChoice): void =>
    setAll((before) => (includes(before, choice) ? without(before, choice) : [...before, choice]));
  return { all, has, toggle };
}

/** The recent models, the last one first, and a function that adds one. */
export function useRecentModels(): [all: readonly ModelChoice[], add: (choice: ModelChoice) => void] {
  const [all, setAll] = useLocalStorage<ModelChoice[]>({ key: "lumiverse-recent-models", defaultValue: [] });
  return [all, (choice) => setAll((before) => [choice, ...without(before, choice)].slice(0, MOST_RECENT))];
}

function includes(all: readonly ModelChoice[], choice: ModelChoice): boolean {
  return all.some((one) => isSame(one, choice));
}

function without(all: readonly ModelChoice[], choice: ModelChoice): ModelChoice[] {
  return all.filter((one) => !isSame(one, choice));
}

function isSame(a: ModelChoice, b: ModelChoice): boolean {
  return a.connection === b.connection && a.model === b.model;
}
