import type { CacheRequest } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

/** Collects where a client set `cache_control`, so that a vendor of another protocol gets breakpoints at the same sections. */
export class CacheMarks {
  #marks: Exclude<CacheRequest, false> | undefined;

  /** Looks at one object of a section. */
  see(section: "tools" | "system" | "conversation" | "automatic", holder: unknown): void {
    const mark = isObject(holder) ? holder["cache_control"] : undefined;
    if (!isObject(mark)) return;
    this.#marks = { ...this.#marks, [section]: true };
    if (mark["ttl"] === "1h") this.#marks.ttl = "1h";
  }

  get request(): { cache?: CacheRequest } {
    return this.#marks === undefined ? {} : { cache: this.#marks };
  }
}
