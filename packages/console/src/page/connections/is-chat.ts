/** By the words that vendors use in ids of models that do not chat. The person can show them all. */
export function isChat(id: string): boolean {
  return !/embed|whisper|tts|dall-e|stable-diffusion|moderation|transcri|rerank|speech|sora|imagen|flux|-image-|veo-/i.test(id);
}
