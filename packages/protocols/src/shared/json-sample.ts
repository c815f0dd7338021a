/** Keys and indexes that lead to a value. */
export type JsonPath = readonly (string | number)[];

/** An object or an array on the path to values that differ: those directly in it, each with the index of its path, and the branches below it. */
interface Branch {
  leaves: { key: string | number; index: number }[];
  branches: { key: string | number; branch: Branch }[];
}

/** A JSON value that is copied with other strings and numbers at some paths. What is on none of these paths is shared by all copies. */
export class JsonSample {
  readonly #value: object;
  readonly #root: Branch = { leaves: [], branches: [] };

  /** @param paths Where the value differs. Undefined for a value that stays as it is */
  constructor(value: object, paths: readonly (JsonPath | undefined)[]) {
    this.#value = value;
    for (const [index, path] of paths.entries()) if (path !== undefined) this.#add(path, index);
  }

  #add(path: JsonPath, index: number): void {
    let at = this.#root;
    for (const key of path.slice(0, -1)) {
      let next = at.branches.find((one) => one.key === key)?.branch;
      if (next === undefined) {
        next = { leaves: [], branches: [] };
        at.branches.push({ key, branch: next });
      }
      at = next;
    }
    const key = path.at(-1);
    if (key !== undefined) at.leaves.push({ key, index });
  }

  /** A copy with these values, one for each path. */
  with(values: readonly (string | number)[]): object {
    const { leaves, branches } = this.#root;
    return leaves.length === 0 && branches.length === 0 ? this.#value : copyWith(this.#value, this.#root, values);
  }
}

function copyWith(sample: object, { leaves, branches }: Branch, values: readonly (string | number)[]): object {
  // The paths are those of this value.
  const copy = (Array.isArray(sample) ? sample.slice() : { ...sample }) as Record<string | number, unknown>;
  for (const { key, index } of leaves) copy[key] = values[index];
  for (const { key, branch } of branches) copy[key] = copyWith(copy[key] as object, branch, values); // as above
  return copy;
}
