/** `inspect`: what a model, a tokenizer or a dataset is, and whether the studio can use it. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { importDataset } from '../data/importDataset';
import { inspectModel, type ModelReport } from '../model/inspect';
import type { Command, Result } from './command';
import { readNamedFile, studentSources } from './folders';

const DATASET = /\.(jsonl|json|csv|tsv|txt)$/i;
const MODEL_JSON = new Set(['tokenizer.json', 'tokenizer_config.json', 'config.json']);
const TOLD_PROBLEMS = 20;

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'What a model, a tokenizer or a dataset is, and what is wrong with it.',
  usage: 'inspect FILE|DIR [--numbers]',
  positionals: ['FILE|DIR'],
  options: { numbers: { type: 'boolean' } },
  async run(given): Promise<Result> {
    const [path] = given.positionals;
    const name = basename(path);
    const isFolder = (await stat(path).catch(() => undefined))?.isDirectory();
    if (!isFolder && DATASET.test(name) && !MODEL_JSON.has(name)) return inspectDataset(await readNamedFile(path), name);
    const report = await inspectModel(name, await studentSources(path), given.flag('numbers'));
    return { json: report, text: describe(report) };
  },
};

function inspectDataset(bytes: Uint8Array, name: string): Result {
  const { format, rows, columns, mapping, problems, skipped, notices } = importDataset(bytes, name);
  const skills = new Set(rows.flatMap((row) => row.skills));
  const json = { kind: 'dataset', format, rows: rows.length, columns, mapping, skills: skills.size, skipped, problems, notices };
  const lines = [
    `A dataset of ${rows.length} rows (${format}), ${skipped} left out.`,
    `  columns   ${columns.join(', ')}`,
    ...Object.entries(mapping).filter(([, column]) => column !== undefined).map(([meaning, column]) => `  ${meaning.padEnd(9)} from ${JSON.stringify(column)}`),
    `  skills    ${skills.size}`,
    ...notices.map((notice) => `  ${notice}`),
    ...problems.slice(0, TOLD_PROBLEMS).map(({ line, message }) => `  line ${line}: ${message}`),
  ];
  return { json, text: lines.join('\n') };
}

function describe({ kind, container, problem, tokenizer, ...model }: ModelReport): string {
  const count = (value: number | undefined) => value?.toLocaleString('en-US');
  const facts: [string, string | undefined][] = [
    ['family', model.family], ['parameters', count(model.parameters)], ['tensors', count(model.tensors)], ['bytes', count(model.bytes)],
    ['numbers', Object.entries(model.formats ?? {}).map(([format, { tensors }]) => `${format} in ${tensors} tensors`).join(', ') || undefined],
    ['vocabulary', count(model.vocabulary)], ['context', count(model.context)],
    ['shape', model.layers === undefined ? undefined : `${model.layers} layers, ${model.width} wide, ${model.heads} heads, ${model.kvHeads} for keys and values`],
    ['tokenizer', tokenizer && `${tokenizer.algorithm}, ${count(tokenizer.size)} tokens, from ${tokenizer.from}`],
    ['chat', tokenizer && (tokenizer.chatTemplate ? 'ships a chat template' : 'no chat template: plain questions and answers')],
  ];
  const lines = facts.filter(([, value]) => value !== undefined).map(([name, value]) => `  ${name.padEnd(11)} ${value}`);
  const verdict = problem ? [`The studio cannot use it: ${problem.message}${problem.where ? ` (${problem.where})` : ''}`] : [];
  return [`A ${kind}${container ? `, ${container}` : ''}.`, ...lines, ...verdict].join('\n');
}
