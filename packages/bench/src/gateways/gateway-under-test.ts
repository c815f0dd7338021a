/** A gateway of one bench process: how it is started, and how a client asks it. */
export interface GatewayUnderTest {
  /** Resolves when it listens. */
  start(upstream: string, plans: readonly string[]): Promise<GatewayAddress>;
}

/** What a client sends to reach a plan of the bench's server through the gateway. */
export interface GatewayAddress {
  origin: string;
  /** By plan. */
  requests: Readonly<Record<string, { path: string; headers: Readonly<Record<string, string>>; model: string }>>;
}
