// The grid of learning rates of a page's project: what is written, what it makes of the arms, how many trainings it costs.
import { expect, it } from 'vitest';
import { commonRates, readRates, trainingsOf, withRates } from '../../src/app/pages/adapt/grid';
import { demoArms } from '../../src/studio/project';
import type { ArmSpec } from '../../src/stat/types';

it('reads rates as people write them, and nothing else', () => {
  expect(readRates('8e-4, 4e-4')).toEqual([8e-4, 4e-4]);
  expect(readRates(' 0.001 0.001;3e-4 ')).toEqual([1e-3, 3e-4]);
  for (const wrong of ['', 'fast', '0', '1', '-1e-3', '1e-3, x', Array.from({ length: 11 }, (_, i) => `${i + 1}e-4`).join(' ')]) expect(readRates(wrong), wrong).toBeUndefined();
});

it('gives every trained arm the grid but reinforcement, and counts the trainings', () => {
  const arms: ArmSpec[] = [...demoArms('B1'), { name: 'grpo', kind: 'grpo', learningRate: 1e-4 }, { name: 'mixed', kind: 'stat-sel-replay', learningRate: 1e-3, replays: [0.2, 0.5] }];
  // Six arms of the demo, plain fine-tuning at two rates, reinforcement, and one at two shares.
  expect(trainingsOf(arms)).toBe(5 + 2 + 1 + 2);
  expect(commonRates(arms)).toBeUndefined();
  const grid = withRates(arms, [1e-3, 5e-4, 2e-4]);
  expect(trainingsOf(grid)).toBe(3 * 6 + 1 + 3 * 2);
  expect(commonRates(grid)).toEqual([1e-3, 5e-4, 2e-4]);
  expect(grid.find(({ kind }) => kind === 'grpo')).toEqual(arms.find(({ kind }) => kind === 'grpo'));
  expect(withRates(arms, [1e-3]).find(({ kind }) => kind === 'sft')).toMatchObject({ learningRate: 1e-3, learningRates: undefined });
});
