/** The bench's engines must give the same ids, to the end of every answer. */
import { expect, it } from 'vitest';
import { promptsOf } from '../bench/answers';
// @ts-expect-error: a script without types
import { rowsAlike } from '../scripts/benchAnswers.mjs';

const ENDS = 0;
const seen = { name: 'ours', ids: [[1, 2, 3], [4, ENDS, 6]] };
const alike = (ids: number[][]) => rowsAlike(seen, 'peer', ids, ENDS);

it('takes the same ids, and tells where others differ', () => {
  expect(alike([[1, 2, 3], [4, ENDS, 6]])).toBe(2);
  expect(() => alike([[1, 2, 4], [4, ENDS, 6]])).toThrow('peer answers prompt 1 with 4 at token 3, where ours has 3');
  expect(() => alike([[1, 2, 3], [4, 5, 6]])).toThrow(/prompt 2 with 5 at token 2/);
  expect(() => alike([[1, 2, 3], [4, ENDS]])).toThrow(/prompt 2/);
  expect(() => alike([[1, 2, 3]])).toThrow(/prompt 2/);
});

it('counts the rows that differ only after the end', () => {
  expect(alike([[1, 2, 3], [4, ENDS, 7]])).toBe(1);
});

it('asks sums that differ, all of one length', () => {
  const prompts = promptsOf(64);
  expect(new Set(prompts).size).toBe(64);
  expect(new Set(prompts.map(({ length }) => length))).toEqual(new Set([6]));
});
