/** A model that embeds sentences, as the studio asks for one, and what it says where there is none. */
import { StudioError } from '../core/errors';

/** Turns texts into vectors whose angle says how alike they are. */
export interface SentenceModel {
  name: string;
  embed(texts: string[]): Promise<ArrayLike<number>[]>;
}

/** Throws where this surface has no model. */
export function noSentenceModel(): StudioError {
  return new StudioError('studio-no-sentence-model', 'There is no sentence-embedding model here, so no nearest questions.', {
    kept: 'Everything built before this arm is kept.', remedy: 'Run the experiment from the command line, which has one, or leave out the arms that look for nearest questions.',
  });
}
