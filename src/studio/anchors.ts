/** At which questions a run is held to what it was: ordinary ones that the student answers right as the run finds it. */
import { StudioError } from '../core/errors';
import { Random, seedOf } from '../core/random';
import type { Question } from '../data/types';
import type { Engine } from '../gpu/device';
import { loadGrader, type Grader } from '../grade/graders';
import type { Student } from '../model/types';
import { anchorsPath } from '../store/blobPath';
import { drawAnchors, type Anchor } from '../train/anchors';
import { encodePrompt } from '../train/example';
import { Generator } from '../train/generate';
import type { Job } from './job';

/** Share of each batch given to anchors where nobody says. */
export const DEFAULT_KL_SHARE = 1 / 3;

/** More differ little from seeing these again, and each takes an answer to make. */
const MOST_ANCHORS = 512;
const BATCH = 256;

/** What a run that starts from `start` is held to: drawn once, and kept for all that start there. */
export async function storedAnchors(job: Job, startId: string, start: Student, engine: Engine): Promise<Anchor[]> {
  const { project, store, deps } = job;
  const path = anchorsPath(startId === 'base' ? project.id : startId);
  const kept = await store.readBlob(path);
  if (kept) {
    const rows = JSON.parse(new TextDecoder().decode(kept)) as { ids: number[]; lossFrom: number; base: number[] }[];
    return rows.map((row) => ({ ...row, base: Float32Array.from(row.base) }));
  }
  const { generation: { maxTokens }, training: { seed } } = project;
  const anchors = await anchorsFrom(engine, start, await job.questions('pool'), await loadGrader(project.grader), { wanted: MOST_ANCHORS, maxTokens, seed }, deps.signal);
  await store.writeBlob(path, new TextEncoder().encode(JSON.stringify(anchors.map((anchor) => ({ ...anchor, base: [...anchor.base] })))));
  return anchors;
}

/** Rows of a batch that are anchors: at least one, and at least one is left to learn from. */
export function anchorsEach(batch: number, share = DEFAULT_KL_SHARE): number {
  return Math.min(batch - 1, Math.max(1, Math.round(batch * share)));
}

/**
 * @param wanted anchors at most; fewer where the student answers fewer right.
 * @throws StudioError `train-no-anchors`
 */
export async function anchorsFrom(
  engine: Engine, start: Student, pool: readonly Question[], grader: Grader, options: { wanted: number; maxTokens: number; seed: number }, signal?: AbortSignal,
): Promise<Anchor[]> {
  const { maxTokens, seed } = options;
  const wanted = Math.min(options.wanted, MOST_ANCHORS);
  const drawn = new Random(seed, 'anchor questions').shuffle([...pool]);
  const prompts: number[][] = [];
  const generator = await Generator.create(engine, start);
  try {
    for (let at = 0; at < drawn.length && prompts.length < wanted; at += BATCH) {
      const batch = drawn.slice(at, at + BATCH);
      const asked = batch.map(({ question }) => encodePrompt(start, question));
      const answers = await generator.answer(asked, { maxTokens, temperature: 0, seed }, undefined, signal);
      prompts.push(...asked.filter((_, i) => grader(batch[i].answer, start.tokenizer.decode(answers[i].ids)).correct));
    }
  } finally {
    generator.dispose();
  }
  if (prompts.length === 0) {
    throw new StudioError('train-no-anchors', 'This student answers none of the ordinary questions right, so there is nothing to hold it to.', {
      remedy: 'Leave the KL term out, or choose a student that knows some of this data.',
    });
  }
  return drawAnchors(engine, start, prompts.slice(0, wanted), { maxTokens, seed: seedOf(seed, 'anchors') }, signal);
}
