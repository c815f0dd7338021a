/** Keys and indexes that lead to a value. */
export type JsonPath = readonly (string | number)[];

/** A container on the way to a place: which of its members are places, by number, and which contain some. */
interface Branch {
  places: { key: string | number; place: number }[];
  branches: { key: string | number; branch: Branch }[];
}

/** A JSON value that is copied with other strings and numbers at some places. What is not on the way to a place is shared by all copies. */
export class JsonSample {
  readonly #value: object;
  readonly #root: Branch = { places: [], branches: [] };

  /** @param paths Where the value differs. Undefined for a place that stays as it is */
  constructor(value: object, paths: readonly (JsonPath | undefined)[]) {
    this.#value = value;
    for (const [place, path] of paths.entries()) if (path !== undefined) this.#add(path, place);
  }

  #add(path: JsonPath, place: number): void {
    let at = this.#root;
    for (const key of path.slice(0, -1)) {
      let next = at.branches.find((one) => one.key === key)?.branch;
      if (next === undefined) {
        next = { places: [], branches: [] };
        at.branches.push({ key, branch: next });
      }
      at = next;
    }
    const key = path.at(-1);
    if (key !== undefined) at.places.push({ key, place });
  }

  /** The value with these values at its places, by number. */
  with(values: readonly (string | number)[]): object {
    const { places, branches } = this.#root;
    return places.length === 0 && branches.length === 0 ? this.#value : copyWith(this.#value, this.#root, values);
  }
}

function copyWith(sample: object, { places, branches }: Branch, values: readonly (string | number)[]): object {
  // The paths are those of this value.
  const copy = (Array.isArray(sample) ? sample.slice() : { ...sample }) as Record<string | number, unknown>;
  for (const { key, place } of places) copy[key] = values[place];
  for (const { key, branch } of branches) copy[key] = copyWith(copy[key] as object, branch, values); // as above
  return copy;
}
