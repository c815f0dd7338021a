/** What the widgets of a connection's form need from the page. */
export interface FormContext {
  providerName: string;
  /** True when a key is stored. An empty field then keeps it. */
  hasStoredKey: boolean;
  /** True when saving removes the stored key. */
  removesKey: boolean;
  setRemovesKey: (removes: boolean) => void;
  /** Opens the dialog that starts the vendor's sign-in. */
  signIn: () => void;
  /** What the pasted key itself shows, such as its project, or a problem with it. */
  keyDetails: string | undefined;
  /** Opens the list of models. */
  browseModels: () => void;
}
