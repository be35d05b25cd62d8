// What a person brings to a project as files: test sets, lists of skills, labels; and a list the teacher makes of free names. No adapter.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { benchmarkByName } from '../../src/data/benchmarks/benchmarks';
import { contaminationBySet } from '../../src/data/benchmarks/contamination';
import { openFileStore } from '../../src/store/fileStore';
import type { Project, RunRow, StudioStore } from '../../src/store/types';
import { advance } from '../../src/studio/pipeline';
import { datasetProject } from '../../src/studio/project';
import { sampledOn } from '../../src/studio/report';
import { bringSkills, chooseSkillSource } from '../../src/studio/skillSource';
import { evaluationSets, questionsOf, splitsOf } from '../../src/studio/splits';
import { addTestSet, answering, removeTestSet } from '../../src/studio/testSets';
import { chatTeacher } from '../../src/teacher/chatTeacher';
import type { WorkingTeacher } from '../../src/teacher/runner/caller';
import { dependencies, temporaryFolder } from './tinyProject';

const bytes = (text: string) => new TextEncoder().encode(text);
const asked = (i: number) => `What is ${i} plus ${i}?`;
let store: StudioStore;
let remove: () => Promise<void>;

beforeEach(async () => {
  const folder = await temporaryFolder();
  remove = folder.remove;
  store = await openFileStore(folder.path);
  await store.put('questions', Array.from({ length: 60 }, (_, i) => ({
    key: `d/${i}`, datasetId: 'd', position: i, id: String(i), question: asked(i), answer: `#### ${2 * i}`, skills: i % 2 ? ['doubling'] : [],
  })));
  const dataset = { id: 'd', name: 'Sums', createdAt: 1, format: 'jsonl' as const, rows: 60, skippedRows: 0 };
  await store.put('projects', [{ ...datasetProject(dataset, 'tiny'), id: 'p', leftOut: [] }]);
});
afterEach(() => remove());

const project = async (): Promise<Project> => (await store.get('projects', 'p'))!;
async function label(teacher?: WorkingTeacher): Promise<string[][]> {
  const made = await project();
  await advance(made, 'skills', dependencies(made, store, () => Promise.reject(new Error('no adapter')), teacher && { teacher: async () => teacher }));
  return (await store.all('labels')).filter(({ set }) => set === 'pool').flatMap(({ skills }) => skills);
}

describe('a published test set', () => {
  const gsm8k = bytes([`{"question": "${asked(3)}", "answer": "6\\n#### 6"}`, '{"question": "How many legs have 3 dogs?", "answer": "3*4=<<3*4=12>>12\\n#### 12"}', '{"question": "no answer"}'].join('\n'));

  it('is one more set, asked with its own grader and limit, and in no other set', async () => {
    const added = await addTestSet(store, 'p', benchmarkByName('gsm8k'), gsm8k, 'test.jsonl', 4, 300);
    expect(added).toMatchObject({ questions: 2, skipped: 1 });
    const made = await project();
    const splits = await splitsOf(made, store);
    expect(evaluationSets(splits)).toEqual(['test', 'ood:gsm8k']);
    const questions = questionsOf(made, splits, 'ood:gsm8k');
    expect(questions.map(({ id, question }) => [id.startsWith('gsm8k:'), question])).toEqual([[true, asked(3)], [true, 'How many legs have 3 dogs?']]);
    expect(answering(made, 'ood:gsm8k')).toMatchObject({ grader: 'numeric', generation: { maxTokens: 300 }, samplings: [1, 2, 3, 4].map((sample) => ({ sample, temperature: 0.7 })) });
    expect(answering(made, 'test')).toEqual({ grader: made.grader, generation: made.generation, samplings: [] });
    // One of its two questions is a row of the data.
    const everything = [...splits.pool, ...splits.validation, ...splits.test];
    expect(contaminationBySet(everything, new Map([['gsm8k', questions]]))).toMatchObject([{ set: 'gsm8k', tests: 2, contaminated: 1, pairs: [{ trainId: '3', equal: true }] }]);
    await addTestSet(store, 'p', benchmarkByName('gsm8k'), gsm8k, 'test.jsonl');
    expect((await project()).tests?.map(({ name, samples }) => [name, samples])).toEqual([['gsm8k', undefined]]);
    await removeTestSet(store, 'p', 'gsm8k');
    expect(evaluationSets(await splitsOf(await project(), store))).toEqual(['test']);
  });

  it('is refused in another shape, and once training sets are built', async () => {
    await expect(addTestSet(store, 'p', benchmarkByName('svamp'), gsm8k, 'test.jsonl')).rejects.toThrow('has the shape of SVAMP');
    await store.put('runs', [{ id: 'p/sft@1', projectId: 'p', arm: 'sft' } as RunRow]);
    await expect(addTestSet(store, 'p', benchmarkByName('gsm8k'), gsm8k, 'test.jsonl')).rejects.toThrow('are built');
    expect((await project()).tests).toBeUndefined();
  });

  it('reports avg@k and pass@k of its samples only', () => {
    const row = (runId: string, questionId: string, correct: boolean) => ({ key: '', projectId: 'p', text: '', rule: '', runId, questionId, correct, set: 'ood:x' }) as const;
    // q: 1 of 2 right; r: none. Greedy answers and another run's samples do not count.
    const rows = [row('base', 'q', true), row('base#1@0.7', 'q', true), row('base#2@0.7', 'q', false), row('base#1@0.7', 'r', false), row('base#2@0.7', 'r', false), row('p/a#1@0.7', 'q', true)];
    expect(sampledOn(rows, 'base', 'ood:x').sampled).toEqual({ questions: 2, samples: 2, average: 0.25, passAt: [{ k: 1, value: 0.25 }, { k: 2, value: 0.5 }] });
    expect(sampledOn(rows, 'p/b', 'ood:x')).toEqual({});
  });
});

describe('skills a person brings', () => {
  it('labels are joined by the text of the question and asked of nobody, with a remote teacher too', async () => {
    const labels = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`what is  ${i} PLUS ${i}`, i < 30 ? ['small', 'sums'] : ['large']]));
    const brought = await bringSkills(store, 'p', bytes(JSON.stringify({ question2skill: { ...labels, 'of another data set': ['x'] } })), 'labels.json');
    expect(brought).toEqual({ kind: 'labels', count: 60, unmatched: 1 });
    const mute = { name: 'mute', kind: 'chat', describe: '', label: () => Promise.reject(new Error('asked')), judge: () => Promise.reject(new Error('asked')) } as const;
    const given = await label(mute);
    const { pool } = await splitsOf(await project(), store);
    expect(given).toEqual(pool.map(({ id }) => (Number(id) < 30 ? ['small', 'sums'] : ['large'])));
    expect((await store.all('skills')).map(({ name }) => name).sort()).toEqual(['large', 'small', 'sums']);
    await expect(chooseSkillSource(store, 'p')).rejects.toThrow('labelled already');
  });

  it('labels of other questions are refused, and a list is what the teacher chooses from', async () => {
    await expect(bringSkills(store, 'p', bytes('{"question2skill": {"what?": ["x"]}}'), 'l.json')).rejects.toThrow('None of the 1 labels');
    expect(await bringSkills(store, 'p', bytes('even: of an even number\nodd: of an odd one'), 'skills.txt')).toEqual({ kind: 'list', count: 2, unmatched: 0 });
    const teacher = chatTeacher(async (_, request) => {
      const even = /What is \d*[02468] plus/.test(request.messages[0].content);
      return { text: JSON.stringify({ reason: '', skills: [even ? 'even' : 'odd'] }), inputTokens: 1, outputTokens: 1, finish: 'stop', model: 'm' };
    }, {}, 'model');
    const { pool } = await splitsOf(await project(), store);
    expect(await label(teacher)).toEqual(pool.map(({ id }) => [Number(id) % 2 ? 'odd' : 'even']));
  });

  it('a list of free names is made by the teacher even where the file names skills', async () => {
    await chooseSkillSource(store, 'p', { kind: 'teacher', sample: 12, most: 3 });
    const tasks: string[] = [];
    const teacher = chatTeacher(async ({ task }, request) => {
      const text = request.messages[0].content;
      const number = Number(/What is (\d+) plus/.exec(text)?.[1] ?? 0);
      tasks.push(task === 'label' && !text.includes('Skill list') && !text.includes('The skills') ? 'name' : task);
      const names = [...text.matchAll(/^(\d+)\. adding (\d+)/gm)];
      const reply = task === 'cluster'
        ? { skills: [0, 1].map((odd) => ({ name: odd ? 'odd sums' : 'even sums', description: '', members: names.filter(([, , n]) => Number(n) % 2 === odd).map(([, i]) => Number(i)) })) }
        : { reason: '', skills: [text.includes('even sums') ? (number % 2 ? 'odd sums' : 'even sums') : `adding ${number}`] };
      return { text: JSON.stringify(reply), inputTokens: 1, outputTokens: 1, finish: 'stop', model: 'm' };
    }, {}, 'model');
    const { pool } = await splitsOf(await project(), store);
    expect(await label(teacher)).toEqual(pool.map(({ id }) => [Number(id) % 2 ? 'odd sums' : 'even sums']));
    expect((await store.all('skills')).map(({ name }) => name).sort()).toEqual(['even sums', 'odd sums']);
    expect(tasks.filter((task) => task === 'cluster').length).toBe(1);
  });

  it('a name off the list beside a good one is asked about again, and never kept', async () => {
    await bringSkills(store, 'p', bytes('even\nodd'), 'skills.txt');
    let repairs = 0;
    const teacher = chatTeacher(async ({ repair }) => {
      repairs += Number(repair);
      return { text: JSON.stringify({ reason: '', skills: repair ? ['odd', 'sorcery'] : ['even', 'magic'] }), inputTokens: 1, outputTokens: 1, finish: 'stop', model: 'm' };
    }, {}, 'model');
    const given = await label(teacher);
    expect(new Set(given.flat())).toEqual(new Set(['odd']));
    expect(repairs).toBe(60 - questionsOf(await project(), await splitsOf(await project(), store), 'test').length);
  });
});
