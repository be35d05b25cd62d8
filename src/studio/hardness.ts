/** How hard each pool row is for the untouched student: its mean loss a token of the worked answer, by one pass without gradients. */
import { blobPath } from '../store/blobPath';
import { answerValues, microBatches, mostTokens, packRibbon } from '../train/batch';
import { encodeExample } from '../train/example';
import { Scorer } from '../train/scorer';
import type { Job } from './job';
import type { Unit } from './unit';

/** Rows kept at once. */
const CHUNK = 4000;

interface Slice {
  /** Nats, one a row. */
  losses: number[];
  /** Read by the student, questions included. */
  tokens: number;
}

export async function hardnessUnits(job: Job): Promise<Unit[]> {
  const count = (await job.questions('pool')).length;
  const kept = new Set(await job.store.listBlobs(blobPath(job.project.id, 'hardness')));
  return starts(count).map((start) => {
    const end = Math.min(start + CHUNK, count);
    return {
      key: `hardness/${start}`, title: `The student reads pool rows ${start + 1} to ${end} of ${count}, to say how hard they are`,
      kind: 'hardness', size: end - start, done: kept.has(pathOf(job, start)), run: () => scoreSlice(job, start, end),
    };
  });
}

/** Of the whole pool, in its order. */
export async function storedHardness(job: Job): Promise<Slice> {
  const whole: Slice = { losses: [], tokens: 0 };
  for (const start of starts((await job.questions('pool')).length)) {
    const bytes = await job.store.readBlob(pathOf(job, start));
    if (!bytes) throw new Error(`the hardness of the rows from ${start} on is not stored`);
    const { losses, tokens } = JSON.parse(new TextDecoder().decode(bytes)) as Slice;
    whole.losses.push(...losses);
    whole.tokens += tokens;
  }
  return whole;
}

async function scoreSlice(job: Job, start: number, end: number): Promise<void> {
  const student = await job.student();
  const { limits } = await job.engine();
  const most = mostTokens(limits, student.config);
  const scorer = await job.hold('hardness', (engine) => Scorer.create(engine, student, most));
  const examples = (await job.questions('pool')).slice(start, end).map(({ question, answer }) => encodeExample(student, question, answer));
  const slice: Slice = { losses: [], tokens: 0 };
  for (const micro of microBatches(examples, most)) {
    job.deps.signal.throwIfAborted();
    const ribbon = packRibbon(micro, micro.map(() => 1));
    for (const values of answerValues(micro, await scorer.score(ribbon))) {
      slice.losses.push(values.reduce((a, b) => a + b, 0) / Math.max(1, values.length));
    }
    slice.tokens += ribbon.tokens;
  }
  await job.store.writeBlob(pathOf(job, start), new TextEncoder().encode(JSON.stringify(slice)));
}

function starts(count: number): number[] {
  return Array.from({ length: Math.ceil(count / CHUNK) }, (_, i) => i * CHUNK);
}

function pathOf({ project }: Job, start: number): string {
  return blobPath(project.id, 'hardness', String(start));
}
