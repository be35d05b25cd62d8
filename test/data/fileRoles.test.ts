// What several files are for, guessed from their names, and refused where two are for one thing.
import { expect, it } from 'vitest';
import { checkRoles, guessRoles, setNameOf } from '../../src/data/fileRoles';

it.each([
  [['mine.csv'], ['train']],
  [['test.jsonl'], ['train']],
  [['test.jsonl', 'train.jsonl', 'dev.jsonl'], ['test', 'train', 'validation']],
  [['a.csv', 'valid_rows.csv', 'b.csv'], ['train', 'validation', 'more']],
  [['gsm_test.json', 'math_test.json', 'pool.json'], ['test', 'more', 'train']],
  // Words inside others tell nothing.
  [['rows.csv', 'latest.csv', 'device.csv'], ['train', 'more', 'more']],
])('%j are %j', (names, roles) => {
  expect(guessRoles(names)).toEqual(roles);
});

it('guesses no role that another file has', () => {
  expect(guessRoles(['val.csv', 'train.csv', 'test.csv'], ['train', 'validation'])).toEqual(['more', 'more', 'test']);
});

it('names a set after its file, in letters that a name may hold', () => {
  expect(setNameOf('my/hard set (2).v1.jsonl')).toBe('my hard set 2 .v1');
  expect(setNameOf(`${'x'.repeat(60)}.csv`)).toBe('x'.repeat(40));
});

it('refuses two files for one set, and two sets of one name', () => {
  const file = (name: string, role: 'train' | 'validation' | 'test' | 'more', setName = '') => ({ name, role, setName });
  expect(() => checkRoles([file('a', 'train'), file('b', 'test'), file('c', 'more', 'x'), file('d', 'more', 'y')])).not.toThrow();
  expect(() => checkRoles([file('a', 'test'), file('b', 'test')])).toThrow('a and b both hold the test questions');
  expect(() => checkRoles([file('a', 'train'), file('b', 'train')])).toThrow('both hold the rows to train on');
  expect(() => checkRoles([file('a', 'more', 'x '), file('b', 'more', 'x')])).toThrow('are both called x');
});
