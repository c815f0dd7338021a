/** What the widgets of a connection's form need from the page. */
export interface FormContext {
  providerName: string;
  /** True when a key is stored, so that an empty field keeps it. */
  hasStoredKey: boolean;
  /** True when the stored key is removed on saving. */
  removesKey: boolean;
  setRemovesKey: (removes: boolean) => void;
  /** Starts the vendor's sign-in. */
  signIn: () => void;
  /** What the pasted key says of itself. */
  keyDetails: string | undefined;
  browseModels: () => void;
}
