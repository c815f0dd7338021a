/**
 * A module that some calls need and the usual one does not. It loads when it is first asked for; from then on it costs nothing, which a second `import()`
 * would (some ten microseconds each).
 */
export interface Door<M> {
  /** The module: at once where it has been loaded. */
  enter(): M | Promise<M>;
  /** The module, for code that can't wait. @throws TypeError before anybody has entered. */
  readonly inside: M;
}

export function door<M>(load: () => Promise<M>): Door<M> {
  let inside: M | undefined;
  return {
    enter: () =>
      inside ??
      load().then((module) => {
        inside = module;
        return module;
      }),
    get inside() {
      if (inside === undefined) throw new TypeError("await protocol.load(call) before protocol.render: this call needs more than text");
      return inside;
    },
  };
}
