/** Sessions of the console. They hold in all processes on one database. */
export interface Sessions {
  /** A new session. The token belongs in a cookie that scripts cannot read. Default lifetime: 12 hours. */
  create(options?: { lifetimeMs?: number }): Promise<{ token: string; expiresAt: string }>;
  isOpen(token: string): Promise<boolean>;
  close(token: string): Promise<void>;
}

/** Sign-ins with vendors that have begun and not ended. */
export interface SignIns {
  /** Keeps what `startSignIn` of `@lumiverse/connections` returned. The database holds it sealed; only the token opens it. Default lifetime: 10 minutes. */
  begin(pending: string, options?: { lifetimeMs?: number }): Promise<{ token: string; expiresAt: string }>;
  /**
   * Passes what was kept to `exchange` and returns its result. Of the processes that finish one sign-in at the same time, one runs the exchange. When the exchange
   * fails, the sign-in is kept again until its time ends, so that it can be tried again. Undefined for a sign-in that is unknown, expired, finished or in
   * another exchange.
   */
  finish<T>(token: string, exchange: (pending: string) => Promise<T>): Promise<T | undefined>;
}
