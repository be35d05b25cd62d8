/** Splits and export. */
import { describe, expect, it } from 'vitest';
import { importDataset } from '../../src/data/importDataset';
import { normaliseQuestion, splitPlaced, splitQuestions, type PlacedQuestion } from '../../src/data/split';
import type { Question, Splits } from '../../src/data/types';
import { writeJsonl } from '../../src/data/writeJsonl';

const rows = (n: number, text = (i: number): string => `${i}+1`): Question[] =>
  Array.from({ length: n }, (_, i) => ({ id: String(i), question: text(i), answer: String(i + 1), skills: ['add'] }));
const sizes = (splits: Splits): number[] => [splits.pool.length, splits.validation.length, splits.test.length];
const texts = (set: Question[]): Set<string> => new Set(set.map((row) => normaliseQuestion(row.question)));

describe('split', () => {
  it('takes 15 % each, keeps every row, and is seeded', () => {
    const all = rows(1000);
    const splits = splitQuestions(all, 1);
    expect(sizes(splits)).toEqual([700, 150, 150]);
    const ids = [...splits.pool, ...splits.validation, ...splits.test].map((row) => Number(row.id)).sort((a, b) => a - b);
    expect(ids).toEqual(all.map((_, i) => i));
    expect(splitQuestions(all, 1)).toEqual(splits);
    expect(splitQuestions(all, 2)).not.toEqual(splits);
  });

  it('never shares a question text between two sets, however it is spelled', () => {
    const spellings = [(i: number) => `What is ${i}?`, (i: number) => `what  is ${i}`, (i: number) => ` WHAT IS ${i}?! `];
    const all = spellings.flatMap((spell, k) => rows(100, spell).map((row) => ({ ...row, id: `${k}/${row.id}` })));
    const { pool, validation, test } = splitQuestions(all, 5);
    expect(sizes({ pool, validation, test, outOfDistribution: {} })).toEqual([210, 45, 45]);
    const union = new Set([...texts(pool), ...texts(validation), ...texts(test)]);
    expect(texts(pool).size + texts(validation).size + texts(test).size).toBe(union.size);
    expect(union.size).toBe(100);
  });

  it('leaves no set empty from three texts on, and bounds the sets that are answered', () => {
    expect(sizes(splitQuestions(rows(3), 0))).toEqual([1, 1, 1]);
    expect(sizes(splitQuestions(rows(1), 0))).toEqual([1, 0, 0]);
    expect(sizes(splitQuestions(rows(20_000), 0))).toEqual([18_500, 500, 1000]);
    expect(sizes(splitQuestions(rows(100), 0, { validation: 0.5, test: 0.1 }))).toEqual([40, 50, 10]);
  });

  it('puts a text that fills the file into the pool or whole into one set', () => {
    const { pool, validation, test } = splitQuestions([...rows(90, () => 'same'), ...rows(10)], 3);
    const holders = [pool, validation, test].filter((set) => texts(set).has('same'));
    expect(holders.length).toBe(1);
  });
});

describe('a split of files that were named apart', () => {
  const placed = (from: number, to: number, set?: 'validation' | 'test'): PlacedQuestion[] => rows(100).slice(from, to).map((row) => ({ ...row, id: `${set}${row.id}`, ...(set && { set }) }));

  it('is as it was where none is named', () => {
    expect(splitPlaced(rows(100), 3)).toEqual(splitQuestions(rows(100), 3));
  });

  it('draws only what is not named, and keeps a text that is in two files in the set it is measured on', () => {
    // Rows 30 to 39 are in the pool's file too, and 45 to 49 in both of the others.
    const { pool, validation, test } = splitPlaced([...placed(0, 40), ...placed(30, 50, 'validation'), ...placed(45, 60, 'test')], 3);
    expect([pool.length, validation.length, test.length]).toEqual([30, 15, 15]);
    expect(new Set([...texts(pool), ...texts(validation), ...texts(test)]).size).toBe(60);
    expect(test.every((row) => !('set' in row))).toBe(true);
    const onlyTest = splitPlaced([...placed(0, 40), ...placed(40, 50, 'test')], 3);
    expect([onlyTest.pool.length, onlyTest.validation.length, onlyTest.test.length]).toEqual([34, 6, 10]);
  });
});

describe('export', () => {
  it('writes rows that import to the same rows', () => {
    const original = rows(3).map((row, i) => ({ ...row, question: `line "${i}"\nnext`, weight: i + 0.5 }));
    const { rows: back, problems } = importDataset(new TextEncoder().encode(writeJsonl(original)), 'weighted.jsonl');
    expect(back).toEqual(original);
    expect(problems).toEqual([]);
  });

  it('writes weight 1 where none is given, given weights before own ones, and repeats under new ids', () => {
    const [a, b] = rows(2);
    const ids = (text: string): unknown[] => text.trim().split('\n').map((line) => (JSON.parse(line) as Question).id);
    expect(writeJsonl([a])).toBe('{"id":"0","question":"0+1","answer":"1","skills":["add"],"weight":1}\n');
    expect(writeJsonl([{ ...a, weight: 3 }], [2])).toContain('"weight":2}');
    expect(ids(writeJsonl([a, b, a, a, { ...b, id: '0~2' }, { ...b, id: '0~2' }]))).toEqual(['0', '1', '0~3', '0~4', '0~2', '0~2~2']);
    expect(writeJsonl([])).toBe('');
  });
});
