/** What a connection can be asked in addition to chats. `connect` loads this file with the first question. */
import { claimOf, known, modelCapabilities } from "../capabilities/supports.ts";
import type { Capability, CapabilityClaim } from "../contract/capabilities.ts";
import { type ConnectionState, callFor } from "./connection-state.ts";

export { explain } from "./explain.ts";
export { account, check, countTokens, models, probe } from "./operations.ts";

/** What a model can do on this connection, with its settings and server, and the evidence for it. */
export async function supportsOn(state: ConnectionState, capability: Capability, model: string): Promise<CapabilityClaim> {
  const { provider } = state;
  const call = await callFor(state, { model, messages: [] }, { streaming: false });
  const capabilities = modelCapabilities(await state.catalogue(), model, provider.route(call));
  return claimOf(provider, { ...capabilities, ...known(state.liveCapabilities.get(model) ?? {}) }, capability, model);
}
