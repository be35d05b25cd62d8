// Arguments are read with their units checked, and every mistake is one plain sentence with the usage.
import { describe, expect, it } from 'vitest';
import { readArguments, type Command } from '../../src/cli/command';

const command: Command = {
  name: 'sow', summary: '', usage: 'sow FIELD --rows N',
  positionals: ['FIELD'],
  options: { rows: { type: 'string' }, deep: { type: 'boolean' }, seeds: { type: 'string' }, crop: { type: 'string' } },
  run: async () => ({ json: {}, text: '' }),
};
const read = (...args: string[]) => readArguments(command, args);
const mistake = (act: () => unknown): { code?: string; message?: string; remedy?: string } => {
  try {
    act();
  } catch (thrown) {
    return thrown as { code: string; message: string; remedy: string };
  }
  return {};
};

describe('arguments', () => {
  it('give what was asked for, and defaults where nothing was', () => {
    const given = read('south', '--rows', '12', '--deep', '--seeds', '0,1,12', '--crop=rye');
    expect(given.positionals).toEqual(['south']);
    expect(given.integer('rows', 3)).toBe(12);
    expect(given.flag('deep')).toBe(true);
    expect(given.flag('json')).toBe(false);
    expect(given.integers('seeds')).toEqual([0, 1, 12]);
    expect(given.choice('crop', ['oats', 'rye'])).toBe('rye');
    const bare = read('south');
    expect(bare.integer('rows', 3)).toBe(3);
    expect(bare.integers('seeds')).toBeUndefined();
    expect(bare.choice('crop', ['oats', 'rye'], 'oats')).toBe('oats');
  });

  it.each([
    ['an unknown option', () => read('south', '--wet'), /--wet/],
    ['an option without its value', () => read('south', '--rows'), /--rows/],
    ['a missing positional', () => read(), 'sow takes FIELD.'],
    ['one positional too many', () => read('south', 'north'), 'sow takes FIELD.'],
    ['a missing option', () => read('south').needed('rows'), '--rows is missing.'],
    ['words for a number', () => read('south', '--rows', 'many').integer('rows', 1), '--rows must be a number of at least 0, not "many".'],
    ['nothing for a number', () => read('south', '--rows', '').integer('rows', 1), '--rows must be a number of at least 0, not "".'],
    ['NaN', () => read('south', '--rows', 'NaN').number('rows', 1), '--rows must be a number of at least 0, not "NaN".'],
    ['a number out of range', () => read('south', '--rows', '2').number('rows', 1, 0, 1), '--rows must be a number between 0 and 1, not "2".'],
    ['half a row', () => read('south', '--rows', '1.5').integer('rows', 1), '--rows must be a whole number, not "1.5".'],
    ['seeds with a gap', () => read('south', '--seeds', '0,,2').integers('seeds'), '--seeds must be whole numbers between commas, not "0,,2".'],
    ['a foreign choice', () => read('south', '--crop', 'tin').choice('crop', ['oats', 'rye']), '--crop must be one of oats, rye, not "tin".'],
  ])('refuse %s', (_, act, message) => {
    const error = mistake(act);
    expect(error.code).toBe('cli-arguments');
    expect(error.message).toMatch(message);
    expect(error.remedy).toBe('Usage: sow FIELD --rows N');
  });
});
