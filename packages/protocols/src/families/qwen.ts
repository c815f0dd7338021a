/** True for a model whose chat template refuses a conversation without a user turn: Qwen answers "No user query found in messages" on every host. */
export function needsUserTurn(id: string): boolean {
  return /qwen|qwq/i.test(id);
}
