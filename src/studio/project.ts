/** New projects: the built-in demos, and one from a person's own data. */
import { now } from '../core/clock';
import { hashText } from '../core/hash';
import type { ImportedDataset } from '../data/importDataset';
import { PLACED_SETS, type PlacedQuestion, type PlacedSet } from '../data/split';
import type { Question, World } from '../data/types';
import { studentFolder, studentTitle } from '../data/worlds/shipped';
import type { ArmSpec } from '../stat/types';
import type { Dataset, Project, QuestionRow } from '../store/types';

/** Where an arm names none. */
export const LEARNING_RATE = 8e-4;

/** Steps of each world: A mends a skewed pool, B1's even pool needs less. */
const DEMO_STEPS: Record<World['id'], number> = { A: 200, B1: 60 };

const GENERATION = { maxTokens: 40, temperature: 0, seed: 0 };

/** Most worked answers of grade-school mathematics are shorter. */
const OWN_MAX_TOKENS = 256;

/** Every arm at equal steps and seed. Plain SFT alone gets to choose its rate, so that nothing is won against a badly tuned one. */
export function demoArms(world: World['id']): ArmSpec[] {
  const stat = world === 'A' ? { drawsPerSkill: 20 } : { by: 'rate' as const };
  const arm = (name: ArmSpec['name'], kind: ArmSpec['kind'], more: Partial<ArmSpec> = {}): ArmSpec =>
    ({ name, kind, learningRate: LEARNING_RATE, ...more });
  return [
    arm('base', 'base'),
    arm('sft', 'sft', { learningRates: [LEARNING_RATE, world === 'A' ? 3e-4 : 4e-4] }),
    arm('balanced', 'balanced'),
    arm('shuffled', 'shuffled', stat),
    arm('stat-sel', 'stat-sel', stat),
    arm('stat-sel-replay', 'stat-sel-replay', { ...stat, replay: 1 / 3 }),
    arm('stat-sel-weighted', 'stat-sel-weighted', stat),
  ];
}

/** The demo of a world with one of its students. Equal arguments give equal results; only the id and the time differ. */
export function demoProject(world: World['id'], seed: number, id = newId(`demo-${world.toLowerCase()}-${seed}`)): Project {
  return {
    id,
    name: studentTitle({ world, seed }),
    createdAt: now(),
    source: { kind: 'world', world, seed },
    student: studentFolder({ world, seed }),
    arms: demoArms(world),
    training: training(DEMO_STEPS[world], seed),
    generation: GENERATION,
    grader: 'final',
  };
}

/** A project on imported questions, for any student in the store or under `public/`. */
export function datasetProject(dataset: Dataset, student: string, seed = 0, steps = 100): Project {
  const stat = { learningRate: LEARNING_RATE, drawsPerSkill: 5 };
  return {
    id: newId('own'),
    name: dataset.name,
    createdAt: now(),
    source: { kind: 'dataset', datasetId: dataset.id, seed },
    student,
    arms: [
      { name: 'base', kind: 'base', learningRate: 0 },
      { name: 'sft', kind: 'sft', learningRate: LEARNING_RATE },
      { name: 'stat-sel', kind: 'stat-sel', ...stat },
      { name: 'stat-sel-replay', kind: 'stat-sel-replay', ...stat, replay: 1 / 3 },
    ],
    training: training(steps, seed),
    generation: { ...GENERATION, maxTokens: OWN_MAX_TOKENS },
    grader: 'final',
  };
}

/** A file of a person's own, read. */
export interface ReadFile {
  file: string;
  imported: ImportedDataset;
}

/** An import as the store keeps it: the pool's file, and where a person named them apart those of validation and test. */
export function keptDataset({ file, imported }: ReadFile, apart: Partial<Record<PlacedSet, ReadFile>> = {}): { dataset: Dataset; questions: QuestionRow[] } {
  const sets = PLACED_SETS.flatMap((set) => (apart[set] ? [[set, apart[set]] as const] : []));
  const placed = [...imported.rows, ...sets.flatMap(([set, { imported: { rows } }]) => placedRows(set, rows))];
  return datasetOf(placed, {
    name: file, format: imported.format, skippedRows: [imported, ...sets.map(([, { imported: one }]) => one)].reduce((sum, { skipped }) => sum + skipped, 0),
    ...(sets.length > 0 && { files: Object.fromEntries(sets.map(([set, { file: name }]) => [set, name])) }),
  });
}

/** Rows of a set's own file. Ids of another file may be the same small numbers. */
export function placedRows(set: PlacedSet, rows: readonly Question[]): PlacedQuestion[] {
  return rows.map((row) => ({ ...row, id: `${set}:${row.id}`, set }));
}

/** The dataset's id comes from its content, so that importing the same rows again keeps one copy. */
export function datasetOf(placed: readonly PlacedQuestion[], about: Omit<Dataset, 'id' | 'createdAt' | 'rows'>): { dataset: Dataset; questions: QuestionRow[] } {
  const id = `data-${hashText(JSON.stringify(placed))}`;
  return {
    dataset: { ...about, id, createdAt: now(), rows: placed.length },
    questions: placed.map((row, position) => ({ ...row, key: `${id}/${row.id}`, datasetId: id, position })),
  };
}

function training(steps: number, seed: number): Project['training'] {
  return {
    steps, batch: 32, warmup: 10, schedule: 'linear', finalShare: 0.05, weightDecay: 0.01, clip: 1,
    beta1: 0.9, beta2: 0.98, epsilon: 1e-8, seed, mean: 'example',
  };
}

/** Identity is not part of any result, so it need not be seeded. */
function newId(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
}
