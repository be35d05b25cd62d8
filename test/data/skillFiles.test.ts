/** Files of skills: every shape that is read, what is refused, and the published labels of GSM8K and MATH. */
import { describe, expect, it } from 'vitest';
import { importDataset } from '../../src/data/importDataset';
import { readSkillFile, withLabels } from '../../src/data/skillFiles';
import { skillReport } from '../../src/stat/skillReport';
import { hasSharedData, sharedFiles } from '../sharedData';

const read = (text: string, name = 'file.json') => readSkillFile(new TextEncoder().encode(text), name);

describe('a file of skills', () => {
  it('may be the authors’ map, rows, a list, or lines', () => {
    expect(read('{"question2skill": {"What is 1+1?": ["add", "add"], "2-1": "sub"}}')).toEqual({ kind: 'labels', labels: new Map([['what is 1+1', ['add']], ['2-1', ['sub']]]), cut: 0 });
    expect(read('{"question": "a", "skills": ["x", "y"]}\n{"question": "b", "skills": []}', 'f.jsonl')).toEqual({ kind: 'labels', labels: new Map([['a', ['x', 'y']]]), cut: 0 });
    expect(read('question,skill\nwhat,add\n', 'f.csv')).toEqual({ kind: 'labels', labels: new Map([['what', ['add']]]), cut: 0 });
    expect(read('["add", {"name": "sub", "description": "take away"}, "add"]')).toEqual({ kind: 'list', skills: [{ name: 'add', description: '' }, { name: 'sub', description: 'take away' }] });
    expect(read('add: putting together\n\nsub\n', 'f.txt')).toEqual({ kind: 'list', skills: [{ name: 'add', description: 'putting together' }, { name: 'sub', description: '' }] });
  });

  it('keeps five skills of a question and counts the others', () => {
    expect(read('{"question2skill": {"q": ["1","2","3","4","5","6","7"]}}')).toEqual({ kind: 'labels', labels: new Map([['q', ['1', '2', '3', '4', '5']]]), cut: 2 });
  });

  it.each(['{}', '[]', '{"question2skill": {"q": [1]}}', '{"question2skill": {}}', '[{"nome": 1}]', `{"question2skill": {"q": ["${'x'.repeat(300)}"]}}`])('%s is refused', (text) => {
    expect(() => read(text)).toThrow(/neither labels nor a list|No row/);
  });
});

const gsm8k = hasSharedData('gsm8k') && hasSharedData('math-skills');
describe.skipIf(!gsm8k)('the published labels (skipped where ../shared/data is absent)', () => {
  const labelsOf = (...at: string[]) => {
    const file = readSkillFile(sharedFiles('math-skills', 'skill_retrieval', ...at).get('train.json') ?? new Uint8Array(), 'train.json');
    if (file.kind !== 'labels') throw new Error('no labels');
    return file.labels;
  };

  it('fit all 7,473 questions of GSM8K, give its Skill-Map, and weights for ten wrong answers counted by hand', () => {
    const { rows } = importDataset(sharedFiles('gsm8k').get('train.jsonl') ?? new Uint8Array(), 'train.jsonl');
    const { questions, labelled, unmatched } = withLabels(rows, labelsOf('GSM8K', 'train'));
    expect([questions.length, labelled, unmatched]).toEqual([7473, 7473, 0]);
    // Rows 1, 21, …, 181 are wrong: four multiplications and one each of six others.
    const wrong = new Set(Array.from({ length: 10 }, (_, i) => questions[20 * i].id));
    const { skills, profile, weights, effectiveSampleSize } = skillReport(questions, wrong);
    expect(Object.fromEntries(skills.map((one) => [one.skill, one.questions]))).toEqual({
      multiplication: 2640, advanced_arithmetics: 936, percentage: 928, basic_arithmetics: 739, division: 414, ratio_proportion: 308, fractions: 295,
      algebra: 294, conversion_unit_operations: 281, equations: 270, time_speed_distance: 165, problem_solving: 72, profit_loss: 68, interest_calculations: 63,
    });
    expect(Object.fromEntries(profile.entries.filter((entry) => entry.count > 0).map((entry) => [entry.skill, entry.count]))).toEqual({
      multiplication: 4, basic_arithmetics: 1, ratio_proportion: 1, fractions: 1, advanced_arithmetics: 1, percentage: 1, conversion_unit_operations: 1,
    });
    // Σ over rows of n_s / |Skill-Map(s)| is 10, so a row of s weighs n_s / |Skill-Map(s)| · 7473 / 10.
    const weightOf = (skill: string): number => weights[questions.findIndex((question) => question.skills[0] === skill)];
    expect(weightOf('multiplication')).toBeCloseTo((4 / 2640) * 747.3, 9);
    expect(weightOf('fractions')).toBeCloseTo(747.3 / 295, 9);
    expect(weightOf('conversion_unit_operations')).toBeCloseTo(747.3 / 281, 9);
    expect(weightOf('algebra')).toBe(0);
    const shares = [[4, 2640], [1, 739], [1, 308], [1, 295], [1, 936], [1, 928], [1, 281]];
    expect(effectiveSampleSize).toBeCloseTo(100 / shares.reduce((sum, [n, size]) => sum + (n * n) / size, 0), 6);
  });

  it('fit the algebra questions of MATH train', () => {
    const rows = [...sharedFiles('math-skills', 'math_train_by_level')].flatMap(([name, bytes]) => importDataset(bytes, name).rows);
    expect(rows.length).toBe(7500);
    const { labelled, unmatched, questions } = withLabels(rows, labelsOf('MATH', 'algebra', 'train'));
    // Of 1,743 keys two are one question that is in the data twice, and one is a scrap of text.
    expect([labelled, unmatched]).toEqual([1742, 1]);
    expect(skillReport(questions, new Set()).skills.slice(0, 12)).toContainEqual({ skill: 'combinatorial_operations_and_basic_arithmetic', questions: 226 });
  });
});
