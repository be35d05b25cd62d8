/** What every generator of the bench answers: the same prompts, so many tokens each, always the likeliest token. */

/** Whose answers are timed: a folder under public/students. */
export const STUDENT = 'world-a-0';
/** Nobody stops early: what ends an answer counts as a token like any other. */
export const MAX_TOKENS = 48;
/** The token that ends this student's answers. */
export const ENDS = 2;
/** Who takes longer over one answering is left out from there on. */
export const PATIENCE_MS = 180_000;

/** Who answers, on the adapter and on the processor each. */
export const ANSWERERS = ['ours', 'ours-processor', 'transformers.js', 'transformers.js-wasm'] as const;
export type AnswererName = (typeof ANSWERERS)[number];

export interface Answerer {
  /** Answers the prompts at once; of each the ids of the prompt with its MAX_TOKENS more. */
  answer(prompts: readonly string[]): Promise<number[][]>;
}

/** Sums that differ, of equally many characters each, so that no engine fills rows up. @param count up to 90. */
export function promptsOf(count: number): string[] {
  return Array.from({ length: count }, (_, row) => `${10 + row}+${99 - ((7 * row) % 90)}=`);
}
