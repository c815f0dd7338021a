/** What is known about the server behind a base URL, as `operations.probe` found it. */
export interface ServerInfo {
  /** The kind of server, such as `ollama`. `unknown` when the probe could not determine it. */
  server: string;
  version?: string;
  contextTokens?: number;
  /** How it was found out. */
  from: string;
  [key: string]: unknown;
}
