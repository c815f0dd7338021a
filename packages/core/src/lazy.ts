/** What is asked for rarely is loaded when asked for: these are its doors. */
import type { Capability, Claim } from "./facts.ts";
import type { Protocol, Provider } from "./provider.ts";
import type { Registry } from "./registry.ts";
import type { SignIn, SignInOptions } from "./sign-in.ts";
import type { Found, Query } from "./supports.ts";

/** What a model of a provider is claimed to do without a connection's settings, and on which evidence. */
export async function supports(provider: Provider, capability: Capability, model: string): Promise<Claim> {
  return (await import("./supports.ts")).supports(provider, capability, model);
}

/** Models in the catalogues of the registered providers that are known to do what is asked. */
export async function find(query: Query, among?: Registry): Promise<Found[]> {
  return (await import("./supports.ts")).find(query, among);
}

/** Begins an OAuth PKCE sign-in: send the person to `url`, hand what comes back at `callback` to `finish`. */
export async function beginSignIn<S>(provider: Provider<S>, options: SignInOptions): Promise<SignIn> {
  return (await import("./sign-in.ts")).beginSignIn(provider, options);
}

/** A wire that a provider uses rarely: it loads with the first call that takes it. `bring` gives what makes the wire of a call. */
export function lazyProtocol<C>(
  shell: Pick<Protocol, "id" | "framing" | "binds">,
  bring: () => Promise<(call: C) => Protocol>,
): (call: C) => Protocol {
  let make: ((call: C) => Protocol) | undefined;
  return (given) => {
    if (make !== undefined) return make(given);
    let inner: Protocol | undefined;
    const brought = (): Protocol => {
      if (inner === undefined) throw new TypeError("await protocol.load(call) first: this wire loads with its first call");
      return inner;
    };
    return {
      ...shell,
      async load(call) {
        make ??= await bring();
        inner ??= make(given);
        await inner.load?.(call);
      },
      render: (call) => brought().render(call),
      reader: (call, rendered) => brought().reader(call, rendered),
      parseError: (failure, call) => brought().parseError(failure, call),
    };
  };
}
