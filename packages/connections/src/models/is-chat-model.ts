/** False for an id with a word that vendors use for models that do not chat, such as embeddings, speech and images. Only for lists and defaults: a person can name any model. */
export function isChatModel(id: string): boolean {
  return !/embed|whisper|tts|dall-e|stable-diffusion|moderation|transcri|rerank|speech|sora|imagen|flux|-image-|veo-|minilm|(?:^|[/_-])(?:bge|gte|e5)-/i.test(
    id,
  );
}
