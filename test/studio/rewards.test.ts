// Rewards by the grader, and by a teacher about what the grader calls wrong: who is asked, what counts, and what is said where no verdict came.
import { afterEach, describe, expect, it } from 'vitest';
import { Rejection } from '../../src/teacher/rejection';
import type { Question } from '../../src/data/types';
import { loadGrader } from '../../src/grade/graders';
import { openFileStore } from '../../src/store/fileStore';
import { Job } from '../../src/studio/job';
import { gradedRewards, type GradedAnswer, type Judge } from '../../src/studio/rewards';
import { secondOpinion } from '../../src/studio/secondOpinion';
import { planAdapt } from '../../src/studio/stages/adapt';
import type { GradeRequest } from '../../src/teacher/types';
import { rulesTeacher } from '../../src/teacher/rules';
import { answersDrawn } from '../../src/stat/reinforcement';
import { dependencies, temporaryFolder, tinyProject, tinyStudent } from './tinyProject';

const student = await tinyStudent();
const questions: Question[] = [{ id: 'a', question: 'what is 1+1', answer: '2', skills: ['add'] }, { id: 'b', question: 'what is 2+3', answer: '5', skills: ['add'] }];
const answer = (question: number, text: string) => ({ question, ids: student.tokenizer.encode(text), truncated: false });
/** Two groups of three. */
const answers = [answer(0, '2'), answer(0, '3'), answer(0, '2+0'), answer(1, '7'), answer(1, '4+1'), answer(1, '5')];

async function rewarded(judge?: Judge): Promise<{ rewards: number[]; graded: GradedAnswer[] }> {
  let graded: GradedAnswer[] = [];
  const rewardOf = gradedRewards(student, questions, await loadGrader('exact'), 0.25, (all) => (graded = all), judge);
  return { rewards: await rewardOf(answers), graded };
}

describe('rewards', () => {
  it('are one for what the grader calls right, and a share for the form', async () => {
    const { rewards, graded } = await rewarded();
    expect(rewards).toEqual(graded.map(({ correct, extracted }) => Number(correct) + (extracted === undefined ? 0 : 0.25)));
    expect(graded.map(({ correct }) => correct)).toEqual([true, false, false, false, false, true]);
    expect(graded.map(({ question }) => question.id)).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
  });

  it('are the teacher’s where the grader says wrong: each answer of a group by itself', async () => {
    const asked: GradeRequest[] = [];
    const teacher = {
      ...rulesTeacher('A'), name: 'big',
      grade: async (request: GradeRequest) => {
        asked.push(request);
        if (request.response === '7') throw new Rejection('reply-shape', 'No verdict in it.');
        return { correct: request.response.includes('+'), reason: 'worked out' };
      },
    };
    const signal = new AbortController().signal;
    const { graded } = await rewarded((...rows) => secondOpinion(teacher, ...rows, { signal }));
    expect(asked.map(({ response, reference }) => [response, reference])).toEqual([['3', '2'], ['2+0', '2'], ['7', '5'], ['4+1', '5']]);
    expect(graded.map(({ correct }) => correct)).toEqual([true, false, true, false, true, true]);
    expect(graded[2].rule).toBe('judged by big: worked out');
    expect(graded.map(({ unjudged }) => unjudged ?? false)).toEqual([false, false, false, true, false, false]);
    expect(graded[3].rule).toContain('the teacher gave no verdict (reply-shape)');
  });
});

describe('a reinforced arm', () => {
  let remove = async () => {};
  afterEach(() => remove());

  it('is refused before it is built where the teacher cannot compare answers', async () => {
    const folder = await temporaryFolder();
    remove = folder.remove;
    const store = await openFileStore(folder.path);
    const arm = tinyProject().arms.find(({ kind }) => kind === 'grpo')!;
    const project = { ...tinyProject(), arms: [{ ...arm, from: undefined, reinforcement: { ...arm.reinforcement, gradedBy: 'teacher' as const } }] };
    const units = await planAdapt(new Job(project, dependencies(project, store, () => Promise.reject(new Error('no adapter')))));
    await expect(units[0].run()).rejects.toMatchObject({ code: 'studio-no-grader' });
    expect(await store.all('runs')).toEqual([]);
  });

  it('asks about as many answers as it draws, at most', () => {
    expect(answersDrawn()).toBe(60 * 16 * 8);
    expect(answersDrawn({ updates: 5, updatesEach: 2, questions: 3, group: 4 })).toBe(3 * 3 * 4);
  });
});
