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
  /** What was kept. It stays, so that a failed exchange can be tried again. Undefined when it is unknown or expired. */
  read(token: string): Promise<string | undefined>;
  end(token: string): Promise<void>;
}
