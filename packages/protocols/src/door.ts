import type { CheckedCall } from "@lumiverse/core";
import type { Names } from "@lumiverse/core/wire";

/**
 * A module that a wire needs for some requests and not for the usual one. `Protocol.load` opens it, and from then on it is used synchronously, as
 * `render` and readers are synchronous.
 */
export interface Door<M> {
  /** Undefined: it stands open. */
  open(): Promise<unknown> | undefined;
  /** @throws TypeError while it is closed. */
  readonly inside: M;
}

export function door<M>(load: () => Promise<M>): Door<M> {
  let inside: M | undefined;
  return {
    open: () =>
      inside === undefined
        ? load().then((module) => {
            inside = module;
          })
        : undefined,
    get inside() {
      if (inside === undefined)
        throw new TypeError("await protocol.load(request) before protocol.render: this request needs more than text");
      return inside;
    },
  };
}

/** Of several doors, what is still to be waited for. */
export function all(...opening: readonly (Promise<unknown> | undefined)[]): Promise<unknown> | undefined {
  return opening.every((one) => one === undefined) ? undefined : Promise.all(opening);
}

/** Is there more to this call than texts and numbers? */
export function isRich({ request, output, messages }: CheckedCall): boolean {
  return (
    request.tools !== undefined ||
    request.parameters !== undefined ||
    output !== undefined ||
    messages.some((message) => typeof message.content !== "string")
  );
}

/** Where no tool is named. */
export const SAME_NAMES: Names = { wire: (name) => name, neutral: (name) => name, changed: false };
