import { newId } from "../shared/new-id.ts";
import { type ConversationContent, type ConversationEntry, type MessageTree, titleOf } from "./conversation.ts";
import { saveConversation } from "./conversation-store.ts";
import { toStored } from "./stored-tree.ts";

/** Milliseconds between a change and its save. While an answer arrives, there are many changes. */
const DELAY = 150;
const DELAY_RUNNING = 1500;

export interface KeeperOptions {
  id: string;
  /** Returns the messages as they are now. */
  tree: () => MessageTree;
  /** Returns the settings as they are now. */
  settings: () => ConversationContent["settings"];
  onSaved: (entry: ConversationEntry) => void;
  /** Called when another tab has changed the conversation. This tab then continues with a copy, whose id it receives. */
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

  /** The revision of the last save. 0: the conversation is not stored yet. */
  get revision(): number {
    return this.#revision;
  }

  /** True when there are changes that are not saved, and no save of them is running. */
  get hasUnsaved(): boolean {
    return this.#isChanged;
  }

  /** The conversation was read from the store at this revision. */
  loaded(revision: number): void {
    this.#revision = revision;
    this.#isChanged = false;
  }

  /** Plans a save. `isRunning`: an answer is arriving. */
  changed(isRunning: boolean): void {
    if (this.#isDiscarded) return;
    this.#isChanged = true;
    if (!isRunning) clearTimeout(this.#timer);
    if (!isRunning || this.#timer === undefined) this.#timer = setTimeout(() => void this.flush(), isRunning ? DELAY_RUNNING : DELAY);
  }

  /** Saves the changes now. Resolves when they are saved, also when saving them fails. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isChanged || this.#isDiscarded) return this.#saving;
    this.#isChanged = false;
    const tree = this.#options.tree();
    // A stored conversation remembers who answered.
    const { followsDefault: _, ...settings } = this.#options.settings();
    this.#saving = this.#saving
      .then(() => this.#save(tree, settings))
      .catch((cause: unknown) => {
        // The next flush tries again.
        this.#isChanged = true;
        this.#options.onFailed(cause);
      });
    return this.#saving;
  }

  /** Stops saving, because somebody has removed the conversation. */
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
    // Somebody has removed it. The event of the removal follows, and calls `discard`.
    if (result.outcome === "gone") return;
    this.#id = newId();
    this.#revision = 0;
    this.#options.onCopied(this.#id);
    return this.#save(tree, settings);
  }
}
