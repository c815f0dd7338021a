/** False for a model that does not chat, by the words that vendors use in ids of models for embeddings, speech, images and the like. A person can always name it. */
export function isChatModel(id: string): boolean {
  return !/embed|whisper|tts|dall-e|stable-diffusion|moderation|transcri|rerank|speech|sora|imagen|flux|-image-|veo-/i.test(id);
}
