// First-order prediction against what a small step really does.
import { expect, it } from 'vitest';
import { measureAlignment } from '../../src/studio/alignment';
import { runTrials } from '../../src/studio/trials';
import { skillGradients } from '../../src/train/skillGradients';
import type { TrainOptions } from '../../src/train/types';
import { testEngine } from '../gpu/engine';
import { tinyStudent } from './tinyStudent';

const row = (id: number, skill: string, question: string, answer: string) => ({ id: `${skill}${id}`, question, answer, skills: [skill] });
const pool = [0, 1, 2, 3, 4, 5].flatMap((n) => [
  row(n, 'add', `${n}+${n}=?`, `${2 * n}`), row(n, 'same', `${n}=?`, `${n}`), row(n, 'letter', `a${n}`, 'a b a b'),
]);

it('has each skill help itself most, and is symmetric where nothing is preconditioned', async () => {
  const student = await tinyStudent();
  const engine = await testEngine();
  const { matrix, skills, losses, rows } = await measureAlignment(engine, student, pool);
  expect(skills).toEqual(['add', 'letter', 'same']);
  expect(rows).toEqual([6, 6, 6]);
  for (const loss of losses) expect(loss).toBeGreaterThan(1);
  matrix.forEach((line, s) => expect(Math.max(...line)).toBe(line[s]));
  const example = (ids: number[]) => ({ ids, lossFrom: 1, weight: 1 });
  const plain = await skillGradients(engine, student, [[example([1, 5, 6, 2])], [example([1, 7, 8, 9, 2])]], false);
  expect(plain.matrix[0][1]).toBe(plain.matrix[1][0]);
  expect(plain.matrix[0][0]).toBeGreaterThan(0);
});

it('ranks the skills as short runs do', async () => {
  const student = await tinyStudent();
  const engine = await testEngine();
  const options: TrainOptions = {
    steps: 4, batch: 12, learningRate: 3e-4, warmup: 0, schedule: 'constant', finalShare: 1, weightDecay: 0, clip: 1, beta1: 0.9,
    beta2: 0.98, epsilon: 1e-8, seed: 1, mean: 'example',
  };
  const factors: Record<string, number>[] = [{ add: 10, letter: 0.1 }, { letter: 10, same: 0.1 }, { same: 10, add: 0.1 }];
  const { trials, pooledCorrelation } = await runTrials(engine, student, pool, pool, await measureAlignment(engine, student, pool), factors, options);
  expect(trials.map(({ skills }) => skills.length)).toEqual([3, 3, 3]);
  expect(pooledCorrelation).toBeGreaterThan(0.5);
});
