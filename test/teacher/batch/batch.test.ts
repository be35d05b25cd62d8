// Batch files: streamed, split at the providers' limits; results in any order, each for its own request, none twice.
import { describe, expect, it } from 'vitest';
import type { Question } from '../../../src/data/types';
import { batchLabelRequests } from '../../../src/studio/batchLabels';
import { labelQuestions } from '../../../src/studio/labelQuestions';
import { BATCH_FORMATS, type BatchFormat } from '../../../src/teacher/batch/formats';
import { readBatch, type Expected } from '../../../src/teacher/batch/read';
import { batchPieces } from '../../../src/teacher/batch/write';
import { chatTeacher } from '../../../src/teacher/chatTeacher';
import { ledgerInMemory } from '../../../src/teacher/ledger/ledger';
import { replayThrough } from '../../../src/teacher/ledger/recorded';

const SKILLS = ['add', 'subtract'].map((name) => ({ name, description: '' }));
const RECIPIENT = 'https://api.example.org · m';
const question = (i: number, text = `What is ${i} plus 2?`): Question => ({ id: `q${i}`, question: text, answer: '3', skills: [] });
const questions = (n: number) => Array.from({ length: n }, (_, i) => question(i));

function filesOf(format: BatchFormat, rows: Question[]): string[] {
  const files: string[] = [];
  for (const { file, text } of batchPieces(format, batchLabelRequests(rows, SKILLS, RECIPIENT), 'm')) files[file] = (files[file] ?? '') + text;
  return files;
}

function expectedOf(rows: Question[]): Map<string, Expected> {
  return new Map([...batchLabelRequests(rows, SKILLS, RECIPIENT)].map(({ id, ...rest }) => [id, rest]));
}

const answer = JSON.stringify({ reason: 'it adds', skills: ['add'] });
const openaiLine = (id: string, content = answer) => JSON.stringify({
  id: 'batch_req', custom_id: id, error: null,
  response: { status_code: 200, body: { model: 'm-1', choices: [{ message: { content }, finish_reason: 'stop' }], usage: { prompt_tokens: 100, completion_tokens: 10 } } },
});
const anthropicLine = (id: string, input: unknown = JSON.parse(answer)) => JSON.stringify({
  custom_id: id,
  result: {
    type: 'succeeded',
    message: { model: 'm-1', content: [{ type: 'tool_use', input }], stop_reason: 'tool_use', usage: { input_tokens: 100, output_tokens: 10 } },
  },
});

describe.each([['openai', BATCH_FORMATS.openai, openaiLine], ['anthropic', BATCH_FORMATS.anthropic, anthropicLine]] as const)('%s batches', (name, format, resultLine) => {
  it('hold each different text once, under names the provider takes', () => {
    const rows = [...questions(30), question(99, 'What is 7 plus 2?')];
    const [file, ...others] = filesOf(format, rows);
    expect(others).toEqual([]);
    const requests = (name === 'openai' ? file.trim().split('\n').map((line) => JSON.parse(line) as unknown) : (JSON.parse(file) as { requests: unknown[] }).requests) as
      { custom_id: string; body?: { messages: { content: string }[] }; params?: { messages: { content: string }[]; max_tokens: number } }[];
    expect(requests.length).toBe(30);
    for (const { custom_id } of requests) expect(custom_id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    const body = requests[7].body ?? requests[7].params;
    expect(body?.messages.at(-1)?.content).toContain('What is 7 plus 2?');
    expect(JSON.stringify(body)).not.toContain('"3"');
  });

  it('are split at the limits of requests and of bytes', () => {
    const rows = questions(25);
    expect(filesOf({ ...format, mostRequests: 10 }, rows).length).toBe(3);
    const [whole] = filesOf(format, rows);
    const files = filesOf({ ...format, mostBytes: Math.ceil(whole.length / 4) }, rows);
    expect(files.length).toBe(5);
    for (const file of files) expect(file.length).toBeLessThanOrEqual(Math.ceil(whole.length / 4));
    const parsed = files.flatMap((file) => (name === 'openai' ? file.trim().split('\n') : (JSON.parse(file) as { requests: unknown[] }).requests));
    expect(parsed.length).toBe(25);
  });

  it('come back in any order, errors, strangers and repeats told apart; good replies become labels through the same checks', async () => {
    const rows = questions(10);
    const expected = expectedOf(rows);
    const ids = [...expected.keys()];
    const foreign = [...expectedOf(questions(12)).keys()][11];
    const expired = name === 'openai'
      ? JSON.stringify({ custom_id: ids[3], response: null, error: { code: 'batch_expired', message: 'x' } })
      : JSON.stringify({ custom_id: ids[3], result: { type: 'expired' } });
    const errored = name === 'openai'
      ? JSON.stringify({ custom_id: ids[4], response: { status_code: 500, body: {} }, error: null })
      : JSON.stringify({ custom_id: ids[4], result: { type: 'errored', error: {} } });
    const wrong = name === 'openai' ? openaiLine(ids[5], '{"skills":["<script>"]}') : anthropicLine(ids[5], { skills: ['<script>'] });
    const lines = [ids[9], ids[0], ids[7]].map((id) => resultLine(id))
      .concat(expired, errored, wrong, resultLine(foreign), resultLine(ids[0]), 'not json', '{"custom_id":7}', '', resultLine(`1-${ids[1].slice(2)}`), resultLine(`1-${ids[2].slice(2)}`));
    const ledger = ledgerInMemory();
    const told = await readBatch(format, lines, expected, { ledger, projectId: 'p', recipient: RECIPIENT, model: 'm', price: { input: 1, output: 1 } });
    expect(told).toMatchObject({
      answered: 4, failed: [{ row: 'q3', error: 'batch-expired' }, { row: 'q4', error: 'batch-errored' }], missing: ['q1', 'q2', 'q6', 'q8'],
    });
    // A result that says another position or another text than was written is nobody's.
    expect(told.mismatched.map(({ line }) => line)).toEqual([7, 12, 13]);
    expect(told.repeated).toEqual([{ line: 8, id: ids[0] }]);
    expect(told.unreadable.map(({ line }) => line)).toEqual([9, 10]);
    const teacher = chatTeacher(replayThrough(ledger, RECIPIENT), {}, RECIPIENT);
    const { labelled, failures } = await labelQuestions(rows, SKILLS, teacher, { signal: new AbortController().signal });
    expect(labelled.map(({ id, skills }) => `${id} ${skills.join()}`)).toEqual(['q0 add', 'q7 add', 'q9 add']);
    expect(failures.map(({ row, code }) => `${row} ${code}`)).toEqual([
      'q1 batch-missing', 'q2 batch-missing', 'q3 batch-expired', 'q4 batch-errored', 'q5 reply-off-list', 'q6 batch-missing', 'q8 batch-missing',
    ]);
    expect((await ledger.all()).filter(({ state }) => state === 'answered').map(({ money }) => money)).toEqual(Array(4).fill(110 / 1e6));
  });
});

it('writes and reads 100,000 rows', { timeout: 120_000 }, async () => {
  const rows = questions(100_000);
  const files: number[] = [];
  const expected = new Map<string, Expected>();
  function* noted() {
    for (const request of batchLabelRequests(rows, SKILLS, RECIPIENT)) {
      expected.set(request.id, request);
      yield request;
    }
  }
  for (const { file } of batchPieces(BATCH_FORMATS.openai, noted(), 'm')) files[file] = (files[file] ?? 0) + 1;
  // Each file's last piece closes it.
  expect(files).toEqual([50_001, 50_001]);
  const ledger = ledgerInMemory();
  function* results(): Generator<string> {
    for (const id of [...expected.keys()].reverse()) yield openaiLine(id);
  }
  const told = await readBatch(BATCH_FORMATS.openai, results(), expected, { ledger, projectId: 'p', recipient: RECIPIENT, model: 'm' });
  expect(told).toMatchObject({ answered: 100_000, failed: [], missing: [], mismatched: [], repeated: [], unreadable: [] });
});
