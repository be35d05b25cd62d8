/** For each difficult question the pool questions most like it, by sentence embeddings: made in pieces, each kept. */
import { nearestRows } from '../stat/controls';
import { difficultQuestions } from '../stat/difficulty';
import { paperDrawsPerSkill } from '../stat/select';
import type { ArmSpec } from '../stat/types';
import { blobPath } from '../store/blobPath';
import { storedResponses } from './answers';
import type { Job } from './job';
import type { Unit } from './unit';

/** Texts kept at once. */
const CHUNK = 500;
/** Texts that go through the model together. */
const BATCH = 50;

interface Found {
  /** Of the difficult questions, in their order. */
  questions: string[];
  vectors: number[][];
  /** For each the nearest pool rows so far with their cosine, the nearest first; of questions worded alike the first. */
  nearest: { row: number; cosine: number }[][];
  /** Distinct texts of the pool looked at. */
  upTo: number;
}

/** How many neighbours the arms want at most. */
function wanted(arms: readonly ArmSpec[]): number {
  return Math.max(...arms.filter(({ kind }) => kind === 'embed-sel' || kind === 'embed-syn').map(({ neighbours = paperDrawsPerSkill }) => neighbours));
}

export async function nearestUnits(job: Job, arms: readonly ArmSpec[]): Promise<Unit[]> {
  const rows = await distinctRows(job);
  const most = wanted(arms);
  const upTo = (await read(job, most))?.upTo ?? -1;
  const starts = Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, i) => i * CHUNK);
  const queries: Unit = {
    key: `nearest/questions/${most}`, title: 'Embedding the difficult questions', kind: 'embedding', size: 200, done: upTo >= 0, run: () => begin(job, most),
  };
  return [queries, ...starts.map((start): Unit => {
    const end = Math.min(start + CHUNK, rows.length);
    return {
      key: `nearest/${most}/${start}`, title: `Embedding pool questions ${start + 1} to ${end} of ${rows.length}`, kind: 'embedding', size: end - start,
      done: upTo >= end, run: () => lookAt(job, most, rows, start, end),
    };
  })];
}

/** By difficult question, and how many texts were embedded for it. */
export async function storedNearest(job: Job, arms: readonly ArmSpec[]): Promise<{ nearest: Map<string, number[]>; embedded: number }> {
  const found = await read(job, wanted(arms));
  if (!found) throw new Error('the nearest questions are not stored');
  return { nearest: new Map(found.questions.map((id, i) => [id, found.nearest[i].map(({ row }) => row)])), embedded: found.questions.length + found.upTo };
}

async function begin(job: Job, most: number): Promise<void> {
  const validation = await job.questions('validation');
  const difficult = new Set(difficultQuestions(await storedResponses(job.store, job.project.id, 'base', 'validation', validation)));
  const asked = validation.filter(({ id }) => difficult.has(id));
  const vectors = await embedded(job, asked.map(({ question }) => question));
  await write(job, most, { questions: asked.map(({ id }) => id), vectors, nearest: asked.map(() => []), upTo: 0 });
}

async function lookAt(job: Job, most: number, rows: readonly number[], start: number, end: number): Promise<void> {
  const found = await read(job, most);
  if (!found) throw new Error('the difficult questions are not embedded');
  const pool = await job.questions('pool');
  const piece = rows.slice(start, end);
  const vectors = await embedded(job, piece.map((row) => pool[row].question));
  found.nearest = found.nearest.map((before, i) => {
    const near = nearestRows([found.vectors[i]], vectors, most).map((at) => ({ row: piece[at], cosine: cosine(found.vectors[i], vectors[at]) }));
    return [...before, ...near].sort((a, b) => b.cosine - a.cosine || a.row - b.row).slice(0, most);
  });
  await write(job, most, { ...found, upTo: end });
}

async function embedded(job: Job, texts: readonly string[]): Promise<number[][]> {
  const model = await job.sentenceModel();
  const vectors: number[][] = [];
  for (let start = 0; start < texts.length; start += BATCH) {
    job.deps.signal.throwIfAborted();
    job.tell(undefined, start);
    // Four digits tell far nearer questions apart than any selection does, and a third of the file.
    for (const vector of await model.embed(texts.slice(start, start + BATCH))) vectors.push(Array.from(vector, (x) => Math.round(x * 1e4) / 1e4));
  }
  return vectors;
}

/** The first row of each wording, in the pool's order. */
async function distinctRows(job: Job): Promise<number[]> {
  const first = new Map<string, number>();
  (await job.questions('pool')).forEach(({ question }, row) => {
    if (!first.has(question)) first.set(question, row);
  });
  return [...first.values()];
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return aa === 0 || bb === 0 ? -1 : dot / Math.sqrt(aa * bb);
}

async function read(job: Job, most: number): Promise<Found | undefined> {
  const bytes = await job.store.readBlob(pathOf(job, most));
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Found);
}

async function write(job: Job, most: number, found: Found): Promise<void> {
  await job.store.writeBlob(pathOf(job, most), new TextEncoder().encode(JSON.stringify(found)));
}

function pathOf({ project }: Job, most: number): string {
  return blobPath(project.id, 'nearest', `${most}.json`);
}
