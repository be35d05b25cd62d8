// What a person brings to a project as files: test sets, lists of skills, labels; and a list the teacher makes of free names. No adapter.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { benchmarkByName } from '../../src/data/benchmarks/benchmarks';
import { contaminationBySet } from '../../src/data/benchmarks/contamination';
import { openFileStore } from '../../src/store/fileStore';
import type { Project, RunRow, StudioStore } from '../../src/store/types';
import { advance } from '../../src/studio/pipeline';
import { importDataset } from '../../src/data/importDataset';
import { evaluationQuestions, leaveOutOfPool, nearCopiesOf, placeSet } from '../../src/studio/ownSets';
import { datasetProject } from '../../src/studio/project';
import { sampledOn } from '../../src/studio/report';
import { bringSkills, chooseSkillSource } from '../../src/studio/skillSource';
import { evaluationSets, questionsOf, splitsOf } from '../../src/studio/splits';
import { addOwnTestSet, addTestSet, answering, removeTestSet } from '../../src/studio/testSets';
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

describe('files of one’s own', () => {
  const file = (...numbers: number[]) => importDataset(bytes(numbers.map((i) => JSON.stringify({ id: String(i), question: asked(i), answer: `#### ${2 * i}` })).join('\n')), 'f.jsonl');
  const ids = (questions: readonly { id: string }[]) => questions.map(({ id }) => id);

  it('take the place of the sets that were drawn, share nothing with the pool, and are taken out again', async () => {
    const drawn = await splitsOf(await project(), store);
    await placeSet(store, 'p', 'validation', { file: 'val.jsonl', imported: file(5, 100, 101) });
    await placeSet(store, 'p', 'test', { file: 'test.jsonl', imported: file(101, 102) });
    const made = await project();
    const splits = await splitsOf(made, store);
    // 101 is asked in both files: it stays a test question. 5 is a row to train on too: it stays a validation question.
    expect([ids(splits.validation), ids(splits.test)]).toEqual([['validation:5', 'validation:100'], ['test:101', 'test:102']]);
    expect(ids(splits.pool)).toEqual(Array.from({ length: 60 }, (_, i) => String(i)).filter((id) => id !== '5'));
    expect((await store.all('datasets')).map(({ files, rows }) => [files, rows])).toEqual([[{ validation: 'val.jsonl', test: 'test.jsonl' }, 65]]);
    await placeSet(store, 'p', 'validation');
    await placeSet(store, 'p', 'test');
    expect(await splitsOf(await project(), store)).toEqual(drawn);
    await expect(placeSet(store, 'p', 'test', { file: 'all.jsonl', imported: file(...Array.from({ length: 60 }, (_, i) => i)) })).rejects.toThrow('Every row to train on is also a test question of all.jsonl');
    expect(await splitsOf(await project(), store)).toEqual(drawn);
  });

  it('are further test sets by a name, asked and graded as the project’s own', async () => {
    await addOwnTestSet(store, 'p', 'Larger sums', file(200, 201));
    const made = await project();
    const splits = await splitsOf(made, store);
    expect(evaluationSets(splits)).toEqual(['test', 'ood:Larger sums']);
    expect(answering(made, 'ood:Larger sums')).toEqual({ grader: made.grader, generation: made.generation, samplings: [] });
    await addOwnTestSet(store, 'p', 'Larger sums', file(203));
    expect(ids((await splitsOf(await project(), store)).outOfDistribution['Larger sums'])).toEqual(['Larger sums:203']);
    for (const name of ['', 'a/b', ' x', 'gsm8k', 'GSM8K', 'x'.repeat(41)]) {
      await expect(addOwnTestSet(store, 'p', name, file(1))).rejects.toMatchObject({ code: 'studio-set-name' });
    }
  });

  it('have their near copies left out of the pool, and put back', async () => {
    const before = (await splitsOf(await project(), store)).pool;
    const [first, second] = before.map(({ id }) => Number(id));
    await addOwnTestSet(store, 'p', 'again', file(first, second, 300));
    const splits = await splitsOf(await project(), store);
    const found = contaminationBySet(splits.pool, evaluationQuestions(splits));
    expect(found.map(({ set, tests, contaminated }) => [set, tests, contaminated])).toEqual([['validation', 9, 0], ['test', 9, 0], ['ood:again', 3, 2]]);
    const copies = nearCopiesOf(found, splits.pool);
    expect(copies).toEqual([String(first), String(second)]);
    await leaveOutOfPool(store, 'p', copies, splits.pool.length);
    const left = await splitsOf(await project(), store);
    expect([ids(left.pool), ids(left.test)]).toEqual([ids(before.slice(2)), ids(splits.test)]);
    await leaveOutOfPool(store, 'p', [], left.pool.length);
    expect((await splitsOf(await project(), store)).pool).toEqual(before);
    await expect(leaveOutOfPool(store, 'p', ids(before), before.length)).rejects.toMatchObject({ code: 'studio-empty-split' });
  });

  it('are refused once questions are labelled, but for further test sets', async () => {
    await label();
    await expect(placeSet(store, 'p', 'test', { file: 't', imported: file(1) })).rejects.toMatchObject({ code: 'studio-labelled-already' });
    await expect(leaveOutOfPool(store, 'p', ['1'], 50)).rejects.toMatchObject({ code: 'studio-labelled-already' });
    await addOwnTestSet(store, 'p', 'later', file(400));
    expect((await project()).tests?.map(({ name }) => name)).toEqual(['later']);
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
