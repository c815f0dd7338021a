import { newId } from "../shared/new-id.ts";
import { type ConversationContent, type ConversationEntry, type MessageTree, titleOf } from "./conversation.ts";
import { saveConversation } from "./conversation-store.ts";
import { toStored } from "./stored-tree.ts";

/** Milliseconds between a change and its save: while an answer arrives, and otherwise. */
const DELAY_RUNNING = 1500;
const DELAY = 150;

export interface KeeperOptions {
  id: string;
  /** The messages now. */
  tree: () => MessageTree;
  settings: () => ConversationContent["settings"];
  onSaved: (entry: ConversationEntry) => void;
  /** Another tab has changed the conversation, so this one goes on as a copy with an id of its own. */
  onCopied: (id: string) => void;
  onFailed: (cause: unknown) => void;
}

/** Saves one conversation soon after it has changed. */
export class ConversationKeeper {
  #id: string;
  readonly #options: KeeperOptions;
  #revision = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isChanged = false;
  #isDiscarded = false;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.#id = options.id;
    this.#options = options;
  }

  get id(): string {
    return this.#id;
  }

  get revision(): number {
    return this.#revision;
  }

  get hasUnsaved(): boolean {
    return this.#isChanged;
  }

  /** The conversation was read from the store at this revision. */
  loaded(revision: number): void {
    this.#revision = revision;
    this.#isChanged = false;
  }

  changed(isRunning: boolean): void {
    if (this.#isDiscarded) return;
    this.#isChanged = true;
    if (!isRunning) clearTimeout(this.#timer);
    if (!isRunning || this.#timer === undefined) this.#timer = setTimeout(() => void this.flush(), isRunning ? DELAY_RUNNING : DELAY);
  }

  /** Saves what has changed, now. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isChanged || this.#isDiscarded) return this.#saving;
    this.#isChanged = false;
    const tree = this.#options.tree();
    const settings = this.#options.settings();
    this.#saving = this.#saving
      .then(() => this.#save(tree, settings))
      .catch((cause: unknown) => {
        // The next flush tries again.
        this.#isChanged = true;
        this.#options.onFailed(cause);
      });
    return this.#saving;
  }

  /** Nothing is saved from now on: somebody has removed the conversation. */
  discard(): void {
    this.#isDiscarded = true;
    clearTimeout(this.#timer);
  }

  async #save(tree: MessageTree, settings: ConversationContent["settings"]): Promise<void> {
    if (this.#isDiscarded || tree.messages.length === 0) return;
    const content = { id: this.#id, tree: toStored(tree), settings };
    const result = await saveConversation(content, titleOf(tree), this.#revision);
    if (result.outcome === "saved") {
      this.#revision = result.entry.revision;
      return this.#options.onSaved(result.entry);
    }
    // The event of the removal is on its way.
    if (result.outcome === "gone") return;
    this.#id = newId();
    this.#revision = 0;
    this.#options.onCopied(this.#id);
    return this.#save(tree, settings);
  }
}
