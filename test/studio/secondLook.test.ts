// The teacher looks again: at what the grader calls wrong, and a second time at what it judged. No adapter.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Question, Response } from '../../src/data/types';
import { judgementAgreement } from '../../src/stat/agreement';
import { openFileStore } from '../../src/store/fileStore';
import type { Project, ResponseRow, StudioStore } from '../../src/store/types';
import { advance } from '../../src/studio/pipeline';
import { secondOpinion } from '../../src/studio/secondOpinion';
import { questionsOf, splitsOf } from '../../src/studio/splits';
import { teacherOf } from '../../src/studio/teacherOf';
import type { ChatRequest } from '../../src/teacher/chat';
import { chatTeacher, requestFor } from '../../src/teacher/chatTeacher';
import { judge } from '../../src/teacher/tasks/judging';
import type { JudgeRequest, Teacher } from '../../src/teacher/types';
import { dependencies, temporaryFolder, tinyProject } from './tinyProject';

const { signal } = new AbortController();
const question = (id: string, answer: string): Question => ({ id, question: `How long is ${id}?`, answer, skills: [] });
const response = (questionId: string, text: string, correct: boolean): Response => ({ questionId, text, correct, rule: 'number: different text' });

it('asks about answers graded wrong, with the reference, and says who decided', async () => {
  const sent: ChatRequest[] = [];
  const teacher = chatTeacher(async ({ row }, request) => {
    sent.push(request);
    const text = row === 'c' ? 'no verdict' : JSON.stringify({ reason: `Both say ${row}.`, verdict: row === 'a' ? 'correct' : 'incorrect' });
    return { text, inputTokens: 1, outputTokens: 1, finish: 'stop', model: 'm' };
  }, {}, 'Teacher T');
  const questions = [question('a', 'one and a half metres'), question('b', '2'), question('c', '3'), question('d', '4'), question('e', '5')];
  const { responses, failures } = await secondOpinion(teacher, questions, [
    response('a', 'It is 150 cm', false), response('b', 'It is 9', false), response('c', 'It is 8', false), { ...response('d', '4', true), rule: 'number: same text' }, response('e', '  ', false),
  ], { signal });
  expect(responses.map(({ correct, rule }) => [correct, rule])).toEqual([
    [true, 'judged by Teacher T: Both say a.'], [false, 'judged by Teacher T: Both say b.'], [false, 'number: different text; the teacher gave no verdict (reply-not-json)'], [true, 'number: same text'], [false, 'number: different text'],
  ]);
  expect(failures.map(({ row, code }) => [row, code])).toEqual([['c', 'reply-not-json']]);
  // Right and empty answers are not sent; a failed one was asked to repair its reply.
  expect(sent.length).toBe(4);
  expect(sent[0].messages[0].content).toContain('one and a half metres');
  await expect(secondOpinion({ ...teacher, grade: undefined }, questions, [], { signal })).rejects.toThrow('cannot compare answers');
});

it('draws a second verdict at a temperature of its own, so that it is no copy of the first', () => {
  const request: JudgeRequest = { question: 'q', response: 'r', skills: [{ name: 's', description: '' }] };
  expect(requestFor(judge, request).request).toMatchObject({ temperature: 0, seed: 0 });
  expect(requestFor(judge, { ...request, draw: 1 }).request).toMatchObject({ temperature: 0.7, seed: 1 });
});

let store: StudioStore;
let remove: () => Promise<void>;
beforeEach(async () => {
  const folder = await temporaryFolder();
  remove = folder.remove;
  store = await openFileStore(folder.path);
});
afterEach(() => remove());

it('keeps two passes apart: the profile is made of the first, the agreement of both', async () => {
  const project: Project = { ...tinyProject(), secondPass: true };
  const questions = questionsOf(project, await splitsOf(project, store), 'validation');
  await store.put('projects', [project]);
  await store.put('responses', questions.map(({ id }): ResponseRow => ({
    key: `tiny/base/validation/${id}`, projectId: 'tiny', runId: 'base', set: 'validation', questionId: id, text: '#nothing', correct: false, rule: 'test',
  })));
  let asked = 0;
  const rules = await teacherOf(project, store);
  const fickle: Teacher = {
    ...rules,
    async judge({ draw, row }) {
      asked++;
      const other = draw === 1 && Number(questions.findIndex(({ id }) => id === row)) < 3;
      return { judgedCorrect: false, missing: other ? ['mul'] : ['add', 'mul'], reason: '' };
    },
  };
  const go = () => advance(project, 'profile', dependencies(project, store, () => Promise.reject(new Error('no adapter')), { teacher: async () => fickle }));
  await go();
  const kept = await store.get('profiles', 'tiny');
  expect([kept?.judgements.length, kept?.second?.length, asked]).toEqual([12, 12, 24]);
  expect(kept?.profile.entries.filter(({ count }) => count > 0).map(({ skill, count }) => [skill, count]).sort()).toEqual([['add', 12], ['mul', 12]]);
  // Three of twelve lists share one of two names.
  const agreement = judgementAgreement(kept?.judgements ?? [], kept?.second ?? []);
  expect(agreement.jaccard).toBeCloseTo((9 + 3 / 2) / 12, 12);
  await go();
  expect(asked).toBe(24);
});
