/** `batch`: labelling at batch price. Writes the files a provider takes, and reads what came back through the same checks. */
import { join } from 'node:path';
import { StudioError } from '../core/errors';
import { decodeText } from '../data/decodeText';
import { openFileStore } from '../store/fileStore';
import { batchLabelRequests } from '../studio/batchLabels';
import { labelQuestions } from '../studio/labelQuestions';
import { storedLedger } from '../studio/ledger';
import { BATCH_FORMATS } from '../teacher/batch/formats';
import { readBatch, type Expected } from '../teacher/batch/read';
import { batchPieces } from '../teacher/batch/write';
import { chatTeacher } from '../teacher/chatTeacher';
import { replayThrough } from '../teacher/ledger/recorded';
import { presetOf, providerOf } from '../teacher/presets';
import type { Command, Context, Given, Result } from './command';
import { claimFolder, readNamedFile } from './folders';
import { readSkills } from './label';
import { FAILURES, LABELLED, reasonsOf, writeLabels } from './labelFiles';
import { fileLines, writePieces } from './lines';
import { readQuestions } from './questions';

const TOLD = 5;

export const batchCommand: Command = {
  name: 'batch',
  summary: 'Labelling at batch price: writes the files a provider takes, and reads the results.',
  usage: 'batch write|read --provider openai|anthropic --model NAME --data F.jsonl --skills list.json --out DIR '
    + '[--results R.jsonl] [--usd-in X --usd-out X]',
  positionals: ['write or read'],
  options: {
    provider: { type: 'string' }, model: { type: 'string' }, data: { type: 'string' }, out: { type: 'string' }, skills: { type: 'string' },
    results: { type: 'string' }, 'usd-in': { type: 'string' }, 'usd-out': { type: 'string' },
  },
  async run(given, context): Promise<Result> {
    const [action] = given.positionals;
    if (action === 'write') return write(given, context);
    if (action === 'read') return read(given, context);
    throw new StudioError('cli-arguments', `batch takes write or read, not "${action}".`, { remedy: `Usage: ${batchCommand.usage}` });
  },
};

async function inputs(given: Given, { terminal }: Context) {
  const format = BATCH_FORMATS[given.choice('provider', ['openai', 'anthropic'] as const)];
  const model = given.needed('model');
  const { questions } = await readQuestions(given.needed('data'), terminal);
  const list = given.needed('skills');
  const skills = readSkills(decodeText(await readNamedFile(list), list), list);
  const { recipient } = providerOf({ preset: format.preset, baseUrl: presetOf(format.preset).baseUrl, model });
  return { format, model, questions, skills, recipient };
}

async function write(given: Given, context: Context): Promise<Result> {
  const { format, model, questions, skills, recipient } = await inputs(given, context);
  const out = given.needed('out');
  await claimFolder(out, false);
  const pieces = batchPieces(format, batchLabelRequests(questions, skills, recipient), model);
  const files: string[] = [];
  let next = pieces.next();
  /** The pieces up to the end of one file. */
  function* oneFile(file: number): Generator<string> {
    for (; !next.done && next.value.file === file; next = pieces.next()) yield next.value.text;
  }
  while (!next.done) {
    const path = join(out, `batch-${files.length + 1}.${format.extension}`);
    await writePieces(path, oneFile(files.length));
    files.push(path);
    context.terminal.progress(`${path} is written`);
  }
  return { json: { files, rows: questions.length, recipient }, text: `Nothing was sent. For ${recipient}:\n${files.join('\n')}` };
}

async function read(given: Given, context: Context): Promise<Result> {
  const { terminal, signal } = context;
  const { format, model, questions, skills, recipient } = await inputs(given, context);
  const expected = new Map<string, Expected>();
  for (const { id, key, row, promptVersion } of batchLabelRequests(questions, skills, recipient)) expected.set(id, { key, row, promptVersion });
  const out = given.needed('out');
  await claimFolder(out, true);
  const ledger = storedLedger(await openFileStore(out));
  const price = given.text('usd-in') === undefined ? undefined : { input: given.number('usd-in', 0), output: given.number('usd-out', 0) };
  const told = await readBatch(format, fileLines(given.needed('results')), expected, { ledger, projectId: 'label', recipient, model, price });
  for (const { line, message } of told.unreadable.slice(0, TOLD)) terminal.note(`Line ${line} is left out: ${message}`);
  for (const { line, id } of told.mismatched.slice(0, TOLD)) terminal.note(`Line ${line} is left out: "${id}" is no request of this data, skill list, prompt and model.`);
  if (told.answered === 0) {
    throw new StudioError('batch-no-results', 'No line of the results answers a request of this data.', {
      remedy: 'Give the data, skill list and model the batch was written with, and the file of results.',
    });
  }
  const { labelled, failures } = await labelQuestions(questions, skills, chatTeacher(replayThrough(ledger, recipient), {}, recipient), { signal });
  await writeLabels(out, labelled, failures);
  const reasons = reasonsOf(failures);
  const { missing, failed, mismatched, repeated, unreadable, answered } = told;
  return {
    json: { labelled: labelled.length, failed: failures.length, reasons, answered, batchFailed: failed, missing, mismatched, repeated, unreadable },
    text: [
      `${labelled.length} rows labelled, ${failures.length} failed. In ${out}: ${LABELLED}, ${FAILURES}.`,
      ...Object.entries(reasons).map(([code, count]) => `  ${String(count).padStart(6)} ${code}`),
      `${mismatched.length} results belong to no request, ${repeated.length} came twice, ${unreadable.length} lines could not be read.`,
    ].join('\n'),
  };
}
