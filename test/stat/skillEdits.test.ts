/** Skills by hand: every edit, its undo, and what is refused. */
import { describe, expect, it } from 'vitest';
import type { Skill } from '../../src/data/types';
import { editedLabels, editedMissing, editedSkills, emptyLog, redo, reviewed, undo, withEdit, type SkillEdit, type SkillLog } from '../../src/stat/skillEdits';

const list: Skill[] = ['add', 'plus', 'sub', 'frac'].map((name) => ({ name, description: `${name}!` }));
const questions = [
  { id: '1', question: 'Add 3 and 4', skills: ['add'] },
  { id: '2', question: '3 plus 4', skills: ['plus', 'add'] },
  { id: '3', question: 'Half of 8', skills: ['frac', 'sub'] },
];
const after = ({ edits }: SkillLog): string[][] => questions.map((question) => editedLabels(question.skills, question, edits));
const log = (...edits: SkillEdit[]): SkillLog => edits.reduce((sum, edit) => withEdit(sum, edit, list), emptyLog);

describe('an edit', () => {
  it('renames', () => {
    const renamed = log({ kind: 'rename', from: 'add', to: 'addition' });
    expect(editedSkills(list, renamed.edits).map((skill) => skill.name)).toEqual(['addition', 'plus', 'sub', 'frac']);
    expect(after(renamed)).toEqual([['addition'], ['plus', 'addition'], ['frac', 'sub']]);
  });

  it('merges, each name once', () => {
    const merged = log({ kind: 'merge', from: ['plus'], into: 'add' });
    expect(editedSkills(list, merged.edits).map((skill) => skill.name)).toEqual(['add', 'sub', 'frac']);
    expect(after(merged)).toEqual([['add'], ['add'], ['frac', 'sub']]);
  });

  it('splits by the words of the question', () => {
    const split = log({ kind: 'split', skill: 'frac', into: 'halves', containing: 'HALF' });
    expect(editedSkills(list, split.edits).map((skill) => skill.name)).toEqual(['add', 'plus', 'sub', 'frac', 'halves']);
    expect(after(split)[2]).toEqual(['halves', 'sub']);
    expect(editedMissing(['frac'], questions[0], split.edits)).toEqual(['frac']);
    expect(editedMissing(['frac'], questions[2], split.edits)).toEqual(['halves']);
  });

  it('relabels one question, and later edits apply to that too', () => {
    const both = log({ kind: 'label', questionId: '1', skills: ['plus'] }, { kind: 'merge', from: ['plus'], into: 'sub' });
    expect(after(both)).toEqual([['sub'], ['sub', 'add'], ['frac', 'sub']]);
    expect(editedMissing(['add'], questions[0], both.edits)).toEqual(['add']);
    expect(reviewed(log({ kind: 'accept', questionId: '3' }, { kind: 'label', questionId: '1', skills: [] }).edits)).toEqual(new Set(['3', '1']));
  });

  it('can use the names that an earlier one made', () => {
    expect(after(log({ kind: 'rename', from: 'add', to: 'sum' }, { kind: 'merge', from: ['sum'], into: 'plus' }))[0]).toEqual(['plus']);
  });
});

describe('undo', () => {
  it('goes back step by step and forward again; a new edit forgets what was taken back', () => {
    const two = log({ kind: 'rename', from: 'add', to: 'a' }, { kind: 'merge', from: ['sub', 'frac'], into: 'plus' });
    expect(after(undo(two))).toEqual(after(log({ kind: 'rename', from: 'add', to: 'a' })));
    expect(after(undo(undo(two)))).toEqual(questions.map((question) => question.skills));
    expect(undo(undo(undo(two))).edits).toEqual([]);
    expect(redo(redo(undo(undo(two))))).toEqual(two);
    expect(redo(withEdit(undo(two), { kind: 'rename', from: 'sub', to: 's' }, list)).edits.at(-1)).toMatchObject({ to: 's' });
  });
});

describe('refused, in words', () => {
  it.each<[string, SkillEdit]>([
    ['no skill', { kind: 'rename', from: 'none', to: 'x' }],
    ['merge the two', { kind: 'rename', from: 'add', to: 'sub' }],
    ['needs a name', { kind: 'rename', from: 'add', to: ' ' }],
    ['into itself', { kind: 'merge', from: ['add'], into: 'add' }],
    ['into itself', { kind: 'merge', from: [], into: 'add' }],
    ['needs the words', { kind: 'split', skill: 'add', into: 'x', containing: ' ' }],
    ['no skill', { kind: 'label', questionId: '1', skills: ['off the list'] }],
    ['at most 5', { kind: 'label', questionId: '1', skills: ['add', 'plus', 'sub', 'frac', 'add', 'sub'] }],
  ])('%s', (words, edit) => {
    expect(() => withEdit(emptyLog, edit, list)).toThrow(words);
  });
});
