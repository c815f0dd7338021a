/** A model as the gateway lists it, in no protocol's shape. */
export interface ListedModel {
  /** The name by which clients ask for it: `connection/model`, or an alias. */
  id: string;
  /** A name for people. Default: the id. */
  name?: string;
  /** When the model appeared, in milliseconds since 1970. */
  createdAt?: number;
  /** Who serves it. */
  owner?: string;
  /** The longest prompt, in tokens. */
  contextWindow?: number;
  /** The longest answer, in tokens. */
  maxOutputTokens?: number;
}
