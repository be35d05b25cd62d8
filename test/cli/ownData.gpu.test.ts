// `run` with data of one's own: files read as the page reads them, kept apart, gone on with, refused when they change.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExperiment } from '../../src/cli/experimentFile';
import { projectOf } from '../../src/cli/experimentProject';
import { keepOwnData } from '../../src/cli/ownData';
import { normaliseQuestion } from '../../src/data/split';
import { openFileStore } from '../../src/store/fileStore';
import type { ExperimentReport } from '../../src/studio/experiment';
import { splitsOf, withLabels } from '../../src/studio/splits';
import { byteStudentFiles } from '../model/byteStudent';
import { hasSharedData, sharedPath } from '../sharedData';
import { temporaryFolder } from '../studio/tinyProject';
import { document, stat, type Ended } from './commandLine';

const quiet = { progress: () => {}, note: () => {} } as never;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string) => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  await cp('test/fixtures/ownData', folder.path, { recursive: true });
  await mkdir(at('student'));
  for (const [name, bytes] of byteStudentFiles('llama')) await writeFile(at(`student/${name}`), bytes);
  const config = JSON.parse(await readFile(at('student/config.json'), 'utf8')) as object;
  await writeFile(at('student/config.json'), JSON.stringify({ ...config, max_position_embeddings: 192 }));
});
afterAll(() => folder.remove());

const experiment = (more: object = {}) => ({
  name: 'Sums in words', data: { train: at('train.jsonl'), validation: at('validation.csv'), test: at('test.jsonl') }, labels: at('labels.json'),
  student: at('student'), seeds: [0], steps: 2, batch: 2, maxTokens: 8, arms: ['base', { name: 'stat-sel', kind: 'stat-sel', drawsPerSkill: 2 }], ...more,
});
async function run(written: object): Promise<Ended> {
  await writeFile(at('experiment.json'), JSON.stringify(written));
  return stat(['run', at('experiment.json'), '--out', at('out'), '--resume', '--gpu', 'cpu', '--json']);
}

it('trains and compares on files, goes on with them, and refuses other ones', { timeout: 120_000 }, async () => {
  const ended = await run(experiment());
  expect(ended.status, ended.stderr).toBe(0);
  expect(ended.stderr).toContain('train.jsonl, line 26 is left out');
  expect(ended.stderr).toContain('37 questions labelled by labels.json, 1 labels of other questions.');
  const report = document(ended) as unknown as ExperimentReport;
  expect(report.arms.map(({ arm }) => arm)).toEqual(['base', 'stat-sel']);
  expect(report.projects[0].arms[1].sets).toMatchObject([{ set: 'test', counts: { n: 6 } }]);
  expect(report.projects[0].profile).toMatchObject({ difficult: 6, validation: 6 });
  expect(report.projects[0].profile.entries.map(({ skill, count }) => [skill, count])).toEqual([['adding', 2], ['multiplying', 2], ['taking away', 2]]);

  const store = await openFileStore(at('out'));
  const [project] = await store.all('projects');
  const { pool, validation, test } = await splitsOf(project, store);
  // Of the 25 rows of its file one is a validation question.
  expect([pool.length, validation.length, test.length]).toEqual([24, 6, 6]);
  const held = new Set([...validation, ...test].map(({ question }) => normaliseQuestion(question)));
  expect(pool.some(({ question }) => held.has(normaliseQuestion(question)))).toBe(false);
  const labelled = await withLabels(project, store, 'pool', pool);
  expect(labelled.map(({ skills }) => skills.join())).toEqual(pool.map(({ question }) => (question.startsWith('Mia') ? 'adding' : question.startsWith('A baker') ? 'taking away' : 'multiplying')));

  const again = await run(experiment());
  expect(again.status, again.stderr).toBe(0);
  const bare = (one: Ended) => ({ ...(document(one) as object), seconds: 0, adapter: '' });
  expect(bare(again)).toEqual(bare(ended));
  const labels = JSON.parse(await readFile(at('labels.json'), 'utf8')) as { question2skill: Record<string, string[]> };
  labels.question2skill[pool[0].question] = ['other'];
  await writeFile(at('others.json'), JSON.stringify(labels));
  expect(document(await run(experiment({ labels: at('others.json') })))).toMatchObject({ error: { code: 'experiment-changed' } });
});

describe('an experiment on data of one’s own', () => {
  const read = (written: object) => readExperiment(JSON.stringify(written), 'e.json');
  const refused = (written: object, text: string) =>
    expect(() => read(written)).toThrow(expect.objectContaining({ code: 'experiment-malformed', message: expect.stringContaining(text) as string }));

  it('is refused where it does not say what it needs', () => {
    expect(read(experiment())).toMatchObject({ student: at('student') });
    refused(experiment({ world: 'A' }), 'either a "world" or "data"');
    refused(experiment({ data: undefined }), 'either a "world" or "data"');
    refused(experiment({ student: undefined }), 'names its "student"');
    refused(experiment({ skills: [{ name: 'adding' }] }), 'not from both');
    refused(experiment({ arms: [{ name: 'cheat', kind: 'oracle' }] }), 'need a world');
    refused(experiment({ data: { train: 'a', tests: [{ benchmark: 'nothing', file: 'b' }] } }), 'nothing');
    refused(experiment({ data: { train: 'a', tests: [{ file: 'b' }] } }), 'either of a published "benchmark"');
    refused(experiment({ data: { train: 'a', file: 'b' } }), 'file');
  });

  it('says of a file what the page says of it', async () => {
    const store = await openFileStore(at('errors'));
    const keep = (data: object) => keepOwnData(data as never, store, quiet);
    await expect(keep({ train: at('nothing.jsonl') })).rejects.toMatchObject({ code: 'cli-cannot-read' });
    await expect(keep({ train: at('train.jsonl'), columns: { question: 'q', answer: 'answer' } })).rejects.toMatchObject({ code: 'data-unknown-column' });
    await expect(keep({ train: at('labels.json') })).rejects.toMatchObject({ code: 'data-no-usable-rows' });
  });

  it('takes further test sets by a name, and leaves near copies of evaluation questions out where told to', async () => {
    const lines = (await readFile(at('train.jsonl'), 'utf8')).split('\n');
    await writeFile(at('again.jsonl'), lines.slice(0, 2).join('\n'));
    const tests = [{ name: 'again', file: at('again.jsonl') }];
    const store = await openFileStore(at('further'));
    const notes: string[] = [];
    const made = async (more: object) => {
      const own = read(experiment({ data: { train: at('train.jsonl'), test: at('test.jsonl'), tests, ...more }, labels: undefined }));
      return projectOf(own, 0, own.data && (await keepOwnData(own.data, store, quiet)), store, { progress: () => {}, note: (note: string) => notes.push(note) } as never);
    };
    const project = await made({ leaveOutNearCopies: true });
    const { pool, outOfDistribution } = await splitsOf(project, store);
    expect(project.tests).toMatchObject([{ name: 'again', title: 'again' }]);
    expect(notes.find((note) => note.includes('the set again'))).toMatch(/^2 of 2 questions of the set again are in the pool, or nearly: in \d+ of its rows, which are left out\.$/);
    const held = new Set(outOfDistribution.again.map(({ question }) => normaliseQuestion(question)));
    expect([held.size, pool.some(({ question }) => held.has(normaliseQuestion(question)))]).toEqual([2, false]);
    await expect(made({})).rejects.toMatchObject({ code: 'experiment-changed' });
    tests.push({ name: 'again', file: at('test.jsonl') });
    await expect(made({})).rejects.toThrow('"again" is named twice');
  });

  it.skipIf(!hasSharedData('gsm8k'))('takes 20 published rows as they are, and as a test set (needs the shared test data)', async () => {
    const lines = (await readFile(sharedPath('gsm8k', 'train.jsonl'), 'utf8')).split('\n');
    await writeFile(at('gsm.jsonl'), lines.slice(0, 20).join('\n'));
    await writeFile(at('gsmTest.jsonl'), lines.slice(15, 24).join('\n'));
    const own = read(experiment({ data: { train: at('gsm.jsonl'), tests: [{ benchmark: 'gsm8k', file: at('gsmTest.jsonl'), samples: 2 }] }, labels: undefined, grader: 'numeric' }));
    const store = await openFileStore(at('gsm'));
    const data = own.data && (await keepOwnData(own.data, store, quiet));
    const project = await projectOf(own, 0, data, store, quiet);
    const { pool, validation, test, outOfDistribution } = await splitsOf(project, store);
    expect([pool.length, validation.length, test.length, outOfDistribution.gsm8k.length]).toEqual([14, 3, 3, 9]);
    expect(new Set([...pool, ...validation, ...test].map(({ question }) => question))).toEqual(new Set(lines.slice(0, 20).map((line) => (JSON.parse(line) as { question: string }).question)));
    expect(project).toMatchObject({ grader: 'numeric', generation: { maxTokens: 8 }, tests: [{ name: 'gsm8k', grader: 'numeric', samples: 2 }] });
  });
});
