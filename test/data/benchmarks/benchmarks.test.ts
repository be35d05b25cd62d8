/** Published shapes, pass@k, and contamination that is planted and must be found. */
import { describe, expect, it } from 'vitest';
import { benchmarkByName, benchmarks, readBenchmark } from '../../../src/data/benchmarks/benchmarks';
import { contamination } from '../../../src/data/benchmarks/contamination';
import { loadGrader } from '../../../src/grade/graders';
import { passAt, sampledAccuracy } from '../../../src/stat/passAt';
import { hasSharedData, sharedFiles } from '../../sharedData';
import { question, response } from '../../stat/rows';

const read = (name: string, rows: object[]) => readBenchmark(benchmarkByName(name), new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n')), 'test.jsonl');

/** One row of each set, in the shape it is published in, and a response that is right. */
const shapes: [string, object, string, string[]][] = [
  ['math', { problem: 'What is $1+1$?', level: 'Level 1', type: 'Algebra', solution: 'It is $\\boxed{2}$.' }, '\\boxed{2}', ['Algebra']],
  ['math-500', { problem: 'Half?', solution: 'So $\\boxed{\\frac{1}{2}}$', answer: '\\frac{1}{2}', subject: 'Algebra', level: 1, unique_id: 'test/algebra/1.json' }, '\\boxed{0.5}', ['Algebra']],
  ['gsm8k', { question: 'How many?', answer: 'He has 5*2=<<5*2=10>>10.\n#### 1,010' }, 'The answer is 1010.', []],
  ['amc23', { id: 3, problem: 'Cities?', answer: 27.0, url: 'x' }, 'So \\boxed{27}', []],
  ['aime24', { ID: '2024-I-1', Problem: 'Morning walk?', Solution: 'Long.', Answer: 204 }, '\\boxed{204}', []],
  ['aime25', { problem_idx: 1, problem: 'Bases?', answer: '70' }, '\\boxed{70}', []],
  ['math-perturb', { problem: 'New?', solution: 'Thus $\\boxed{3}$', answer: '5', original_problem: 'Old?' }, '\\boxed{5}', []],
  ['math2', { Question: 'Both?', Solution: 'x', Answer: '$\\sqrt{8}$', skill_1: 'geometry', skill_2: 'algebra' }, '\\boxed{2\\sqrt{2}}', ['geometry', 'algebra']],
  ['svamp', { ID: 'chal-1', Body: 'Each pack costs 76 dollars', Question: 'How much?', Answer: 51.0, Type: 'Subtraction', Equation: '' }, 'It is 51', ['Subtraction']],
];

describe('a published row', () => {
  it.each(shapes)('of %s is read, and its grader finds a right answer right and a wrong one wrong', async (name, row, right, skills) => {
    const { questions, problems, notices } = read(name, [row]);
    expect(questions[0].skills).toEqual(skills);
    expect(problems).toEqual([]);
    expect(notices[0]).toContain('as published; this file has 1');
    const grade = await loadGrader(benchmarkByName(name).grader);
    expect(grade(questions[0].answer, right)).toMatchObject({ correct: true });
    expect(grade(questions[0].answer, 'The answer is 999983').correct).toBe(false);
  });

  it('covers every benchmark', () => {
    expect(shapes.map(([name]) => name)).toEqual(benchmarks.map(({ name }) => name));
  });

  it('that has not the shape is left out and named; a file of such rows is refused', () => {
    const { questions, problems } = read('gsm8k', [{ question: 'a', answer: '#### 1' }, { question: 'b', answer: 'no mark' }, { nothing: 1 }]);
    expect([questions.length, problems.map(({ line }) => line)]).toEqual([1, [2, 3]]);
    expect(() => read('gsm8k', [{ problem: 'x', solution: '\\boxed{1}' }])).toThrow('has the shape of GSM8K');
    expect(() => benchmarkByName('imo')).toThrow('no benchmark "imo"');
  });

  it('keeps ids apart', () => {
    expect(read('aime25', [{ problem: 'a', answer: 1, id: 7 }, { problem: 'b', answer: 1, id: 7 }]).questions.map(({ id }) => id)).toEqual(['7', '7~2']);
  });
});

describe.skipIf(!hasSharedData('svamp'))('SVAMP as published (skipped where ../shared/data is absent)', () => {
  it('has its 1,000 problems in four operations', () => {
    const { questions, problems, notices } = readBenchmark(benchmarkByName('svamp'), sharedFiles('svamp').get('SVAMP.json') ?? new Uint8Array(), 'SVAMP.json');
    expect([questions.length, problems.length, notices]).toEqual([1000, 0, []]);
    expect(new Set(questions.map((one) => one.skills[0]))).toEqual(new Set(['Addition', 'Subtraction', 'Multiplication', 'Common-Division']));
  });
});

describe('pass@k', () => {
  it('is the share of k-subsets with a right sample', () => {
    // 5 samples, 2 right: of 10 pairs, 3 hold none.
    expect(passAt(5, 2, 2)).toBeCloseTo(0.7, 12);
    expect(passAt(5, 2, 1)).toBeCloseTo(0.4, 12);
    expect(passAt(5, 0, 3)).toBe(0);
    expect(passAt(5, 3, 3)).toBe(1);
    expect(passAt(5, 5, 1)).toBe(1);
    expect(passAt(4, 1, 5)).toBeUndefined();
    expect(passAt(64, 1, 64)).toBe(1);
  });

  it('and the average are means over questions', () => {
    const samples = [...'1100'].map((x) => response('a', x === '1')).concat([...'0000'].map((x) => response('b', x === '1')));
    const { average, passAt: passes, questions, samples: each } = sampledAccuracy(samples, [1, 2, 8]);
    expect([questions, each, average]).toEqual([2, 4, 0.25]);
    expect(passes[0].value).toBeCloseTo(0.25, 12);
    expect(passes[1].value).toBeCloseTo((5 / 6) / 2, 12);
    expect(passes[2].value).toBeUndefined();
  });
});

describe('contamination', () => {
  const long = 'A farmer has seventeen sheep and buys four more at the market on a cold Tuesday morning before lunch. How many sheep has he now?';
  const test = [{ ...question('t1'), question: long }, { ...question('t2'), question: 'What is 7 times 8?' }, { ...question('t3'), question: 'Name a prime between ninety and one hundred that is not even, please.' }];

  it('finds equal texts, edited ones and those inside longer ones, and nothing else', () => {
    const train = [
      { ...question('equal'), question: 'what is  7 TIMES 8' },
      { ...question('inside'), question: `Read this first. ${long} Explain.` },
      { ...question('other'), question: 'A baker has seventeen loaves and sells four of them at the market on a warm Monday. How many loaves has she now?' },
      { ...question('near'), question: 'What is 7 times 9?' },
    ];
    expect(contamination(train, test)).toEqual({
      tests: 3, contaminated: 2, rows: ['equal', 'inside'],
      pairs: [{ trainId: 'equal', testId: 't2', overlap: 1, equal: true }, { trainId: 'inside', testId: 't1', overlap: 1, equal: false }],
    });
  });

  it('names the worst training question of each test question, and obeys the threshold', () => {
    const changed = long.replace('seventeen', 'eighteen');
    const train = [{ ...question('half'), question: long.slice(0, 70) }, { ...question('most'), question: changed }];
    expect(contamination(train, test)).toMatchObject({ pairs: [{ trainId: 'most', testId: 't1', equal: false }], rows: ['most'] });
    expect(contamination(train, test, { threshold: 1 }).pairs).toEqual([]);
    expect(contamination([], test).contaminated).toBe(0);
  });
});
