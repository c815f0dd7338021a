/** Something that happened to a request or an answer that the caller should know about and that is not an error. */
export interface Note {
  kind: NoteKind;
  /** The request field, protocol field or JSON pointer that it concerns. */
  field?: string;
  message: string;
}

export type NoteKind =
  /** A field or a part was left out. */
  | "dropped"
  /** A number was moved into the accepted range. */
  | "clamped"
  /** A value was replaced by one the model accepts. */
  | "changed"
  /** A message was moved to where the vendor accepts it. */
  | "moved"
  /** A raw field from `parameters` was sent. */
  | "parameter"
  /** A JSON Schema keyword was changed or removed. */
  | "schema"
  /** A payload issued by another provider or model was dropped. */
  | "foreign"
  | "replayed"
  /** The call was repeated without something that the host refused. */
  | "recovered"
  | "fallback"
  /** The beginning of the answer was requested in another way. */
  | "prefill"
  /** Something about prompt caching. */
  | "cache"
  /** A list was longer than what was read. */
  | "cut"
  /** The host sent a word that this version does not know. */
  | "unknown"
  | "warning";
