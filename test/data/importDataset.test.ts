/** Import: every folder of test/fixtures/datasets is a case; what is too large to commit is made here. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cpuTime } from '../cpuTime';
import { StudioError } from '../../src/core/errors';
import type { ColumnMapping } from '../../src/data/columns';
import { importDataset } from '../../src/data/importDataset';
import type { ImportedDataset } from '../../src/data/importDataset';

/** `rows` are compared by the members they name; the other fields exactly. `error.message` is a part of the sentence. */
interface Expected extends Partial<Omit<ImportedDataset, 'rows'>> {
  chosen?: ColumnMapping;
  rows?: object[];
  error?: { code: string; message: string; where?: string };
}

const root = 'test/fixtures/datasets';
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function failure(bytes: Uint8Array, name: string, chosen?: ColumnMapping): StudioError {
  try {
    importDataset(bytes, name, chosen);
  } catch (thrown) {
    if (thrown instanceof StudioError) return thrown;
    throw thrown;
  }
  throw new Error(`${name} was imported without an error`);
}

describe.each(readdirSync(root))('dataset %s', (folder) => {
  it('gives what expected.json says', () => {
    const file = readdirSync(join(root, folder)).find((name) => name.startsWith('input.')) ?? 'no input file';
    const expected = JSON.parse(readFileSync(join(root, folder, 'expected.json'), 'utf8')) as Expected;
    const bytes = new Uint8Array(readFileSync(join(root, folder, file)));
    const { chosen, rows, error, ...exact } = expected;
    if (error) {
      const thrown = failure(bytes, file, chosen);
      expect(thrown.code).toBe(error.code);
      expect(thrown.message).toContain(error.message);
      expect(thrown.kept).toBe('Nothing was imported.');
      if (error.where) expect(thrown.where).toBe(error.where);
      return;
    }
    const imported = importDataset(bytes, file, chosen);
    expect(imported.rows.map(({ question }) => question)).toEqual(rows?.map((row) => (row as { question: string }).question));
    expect(imported.rows).toMatchObject(rows ?? []);
    for (const [name, value] of Object.entries(exact)) expect(imported[name as keyof ImportedDataset], name).toEqual(value);
    expect(new Set(imported.rows.map((row) => row.id)).size).toBe(imported.rows.length);
  });
});

describe('sizes', () => {
  const long = 'x'.repeat(10_000_000);
  const good = '{"question": "a", "answer": "1"}\n';

  it.each(['rows.jsonl', 'rows.csv', 'rows.txt'])('10 MB in one line of %s is refused fast, in a sentence', (name) => {
    const start = cpuTime();
    const error = failure(bytesOf(name.endsWith('l') ? `{"question": "${long}", "answer": "1"}` : long), name);
    expect(cpuTime() - start).toBeLessThan(1000);
    expect(error.message).toContain('is 10 MB long; a line may be at most 4 MB.');
    expect(error.message.length).toBeLessThan(200);
  });

  it('a long line in a JSONL file costs that line only', () => {
    const { rows, problems } = importDataset(bytesOf(`${good}{"question": "${long}", "answer": "1"}\n${good}`), 'rows.jsonl');
    expect(rows.length).toBe(2);
    expect(problems).toEqual([{ line: 2, message: 'This line is 10 MB long; a line may be at most 4 MB.' }]);
  });

  it('a long field is a problem of its row, in bytes', () => {
    const row = (text: string): string => `${JSON.stringify({ question: text, answer: '1' })}\n`;
    const { rows, problems } = importDataset(bytesOf(good + row('x'.repeat(200_001)) + row('ä'.repeat(100_000))), 'rows.jsonl');
    expect(rows.length).toBe(2);
    expect(problems[0]).toMatchObject({ line: 2, column: 'question', message: 'The text is 200 kB long; a field may be at most 200 kB.' });
  });

  it('lists a thousand problems and counts the rest', () => {
    const { problems, skipped, notices } = importDataset(bytesOf(good + 'oops\n'.repeat(1500)), 'rows.jsonl');
    expect([problems.length, skipped]).toEqual([1000, 1500]);
    expect(notices).toEqual(['500 more rows were skipped than are listed.']);
  });

  it('stops at a million rows, readable or not, and says so', () => {
    const { rows, skipped, notices } = importDataset(bytesOf(good + 'x\n'.repeat(1_000_001)), 'rows.jsonl');
    expect([rows.length, skipped]).toEqual([1, 999_999]);
    expect(notices).toEqual(['Only the first 1,000,000 rows were read.', '998999 more rows were skipped than are listed.']);
  });

  it('numbers equal rows in time that grows with their number, and alike on every import', () => {
    const text = good.repeat(100_000);
    const first = importDataset(bytesOf(text), 'rows.jsonl').rows;
    expect(new Set(first.map((row) => row.id)).size).toBe(100_000);
    expect(first[99_999].id).toBe(`${first[0].id}-100000`);
    expect(importDataset(bytesOf(good + good), 'rows.jsonl').rows[1].id).toBe(first[1].id);
  });
});
