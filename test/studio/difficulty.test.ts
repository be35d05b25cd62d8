// Difficult questions by each rule, as a stage of a project: which answers go to the teacher, and what is kept of the scores. No adapter.
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Question } from '../../src/data/types';
import { graderByName } from '../../src/grade/graders';
import { ruleResults, type DifficultyRule } from '../../src/stat/difficulty';
import { openFileStore } from '../../src/store/fileStore';
import type { Project, ResponseRow, StudioStore } from '../../src/store/types';
import { changeDifficulty, difficultyEvidence } from '../../src/studio/difficulty';
import { advance } from '../../src/studio/pipeline';
import { questionsOf, splitsOf } from '../../src/studio/splits';
import { projectTeacher } from '../../src/studio/workingTeacher';
import type { WorkingTeacher } from '../../src/teacher/runner/caller';
import type { Stage } from '../../src/worker/protocol';
import { dependencies, temporaryFolder, tinyProject } from './tinyProject';

let store: StudioStore;
let remove: () => Promise<void>;
let questions: Question[];
let server: Server | undefined;
const base = tinyProject();

beforeEach(async () => {
  const folder = await temporaryFolder();
  remove = folder.remove;
  store = await openFileStore(folder.path);
  questions = questionsOf(base, await splitsOf(base, store), 'validation');
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await remove();
});

const noAdapter = () => Promise.reject(new Error('no adapter is needed here'));
const project = (difficulty: DifficultyRule): Project => ({ ...base, difficulty });
const { signal } = new AbortController();

async function start(rule: DifficultyRule, writes: (question: Question, i: number) => string): Promise<Project> {
  const made = project(rule);
  await store.put('projects', [made]);
  await answer('base', writes);
  return made;
}

async function answer(runId: string, writes: (question: Question, i: number) => string): Promise<void> {
  const grade = graderByName('final');
  await store.put('responses', questions.map((question, i): ResponseRow => {
    const text = writes(question, i);
    return { key: `tiny/${runId}/validation/${question.id}`, projectId: 'tiny', runId, set: 'validation', questionId: question.id, text, ...grade(question.answer, text) };
  }));
}

async function go(made: Project, to: Stage, teacher?: () => Promise<WorkingTeacher>): Promise<void> {
  await advance(made, to, dependencies(made, store, noAdapter, teacher && { teacher }));
}

/** The reference with the first result one too large and the final answer as it was: right by luck. */
const lucky = ({ answer: text }: Question): string => text.replace(/=(-?\d+)/, (_, n: string) => `=${Number(n) + 1}`);
const wrong = ({ answer: text }: Question): string => text.replace(/#(-?\d+)$/, (_, n: string) => `#${Number(n) + 1}`);
const judged = async () => (await store.get('profiles', 'tiny'))?.judgements.map(({ questionId }) => questionId);

describe('step scores', () => {
  it('come from the teacher’s own working, and send what they flag to be judged, right by luck or wrong', async () => {
    const made = await start({ kind: 'process' }, (question, i) => (i % 3 === 0 ? lucky(question) : i % 3 === 1 ? wrong(question) : question.answer));
    await go(made, 'profile');
    const { answers, pending } = difficultyEvidence(made, await store.all('responses'));
    expect(pending).toBe(0);
    const scores = new Map(answers.map((row) => [row.questionId, row.stepScores]));
    questions.forEach(({ id, answer: text }, i) => {
      const steps = text.split(/,|(?=#)/).length;
      expect(scores.get(id)).toEqual(i % 3 === 2 ? Array(steps).fill(1) : i % 3 === 0 ? Array(steps).fill(0) : [...Array<number>(steps - 1).fill(1), 0]);
    });
    expect(await judged()).toEqual(questions.flatMap(({ id }, i) => (i % 3 === 2 ? [] : [id])));
    const [graded, process] = ruleResults({ kind: 'process' }, answers);
    expect(graded.detection).toMatchObject({ precision: 1, recall: 1 });
    expect(process).toMatchObject({ flagged: 8, unknown: 0, detection: { truePositive: 4, falsePositive: 4, falseNegative: 0, trueNegative: 4, precision: 0.5, recall: 1 } });
  });

  it('are asked for once, and again only where another scorer is to give them', async () => {
    const made = await start({ kind: 'process' }, ({ answer: text }) => text);
    await go(made, 'diagnose');
    const never = async () => ({ ...(await projectTeacher(made, { store, signal, keyFor: () => undefined })), score: () => Promise.reject(new Error('asked again')) });
    await go(made, 'diagnose', never);
    await changeDifficulty(store, 'tiny', { kind: 'process', tau1: 0.5 });
    expect((await store.all('responses')).every((row) => row.stepScores)).toBe(true);
    await changeDifficulty(store, 'tiny', { kind: 'process', rewardModel: { baseUrl: 'http://localhost:1/v1', model: 'm' } });
    expect((await store.all('responses')).some((row) => row.stepScores)).toBe(false);
    expect((await store.get('projects', 'tiny'))?.difficulty).toMatchObject({ rewardModel: { model: 'm' } });
  });

  it('stand still where a row failed, until it is retried', async () => {
    const made = await start({ kind: 'process' }, ({ answer: text }) => text);
    const teacher = await projectTeacher(made, { store, signal, keyFor: () => undefined });
    const { Rejection } = await import('../../src/teacher/rejection');
    await go(made, 'diagnose', async () => ({ ...teacher, score: (request) => (request.row === questions[3].id ? Promise.reject(new Rejection('reply-empty')) : teacher.score!(request)) }));
    const failed = (await store.all('responses')).filter((row) => row.scoreFailure);
    expect(failed.map(({ questionId, scoreFailure }) => [questionId, scoreFailure?.code])).toEqual([[questions[3].id, 'reply-empty']]);
    await advance(made, 'diagnose', dependencies(made, store, noAdapter, { retryFailed: true }));
    expect((await store.all('responses')).filter((row) => row.scoreFailure ?? !row.stepScores)).toEqual([]);
  });

  it('are refused by a teacher that only repeats a file’s labels', async () => {
    const made = await start({ kind: 'process' }, ({ answer: text }) => text);
    const { score: _, ...mute } = await projectTeacher(made, { store, signal, keyFor: () => undefined });
    await expect(go(made, 'diagnose', async () => mute)).rejects.toThrow('cannot score the steps');
  });

  it('come from a reward model served over OpenAI’s protocol: P("+") against P("-"), a step a turn', async () => {
    const bodies: { messages: { role: string; content: string }[]; top_logprobs: number; max_tokens: number }[] = [];
    server = createServer((incoming, reply) => {
      let text = '';
      incoming.on('data', (piece) => (text += String(piece))).on('end', () => {
        const body = JSON.parse(text) as (typeof bodies)[number];
        bodies.push(body);
        const sure = body.messages.length === 1 ? 0.9 : 0.6;
        const top = [{ token: '+', logprob: Math.log(sure * 0.8) }, { token: ' -', logprob: Math.log((1 - sure) * 0.8) }, { token: 'x', logprob: -9 }];
        reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ logprobs: { content: [{ top_logprobs: top }] } }], usage: { prompt_tokens: 7, completion_tokens: 1 } }));
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as { port: number }).port}/v1`;
    const made = await start({ kind: 'process', rewardModel: { baseUrl, model: 'prm' } }, ({ answer: text }) => text);
    await go(made, 'diagnose', () => projectTeacher(made, { store, signal, keyFor: () => undefined }));
    for (const { stepScores = [], text } of await store.all('responses')) {
      expect(stepScores.length).toBe(text.split(/,|(?=#)/).length);
      stepScores.forEach((score, i) => expect(score).toBeCloseTo(i === 0 ? 0.9 : 0.6, 9));
    }
    const first = bodies.find(({ messages }) => messages.length === 3);
    expect(first?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(first?.messages[1].content).toBe('+');
    expect(bodies[0]).toMatchObject({ top_logprobs: 20, max_tokens: 1 });
    const calls = (await store.all('calls')).filter(({ task }) => task === 'score');
    expect(calls[0]).toMatchObject({ state: 'answered', promptVersion: 'turns@1', inputTokens: 7 * (JSON.parse(calls[0].reply ?? '') as { scores: number[] }).scores.length });
  });
});

describe('the rules without a scorer', () => {
  it('samples that disagree are judged by the student’s own answer, whatever its grade', async () => {
    const made = await start({ kind: 'consistency', samples: 2, temperature: 0.5 }, ({ answer: text }) => text);
    for (const sample of [1, 2]) await answer(`base#${sample}@0.5`, ({ answer: text }, i) => (i < 5 && sample === 2 ? '#no such answer' : text));
    await answer('base#1@0.9', () => '#other'); // of another temperature: not of this rule
    await go(made, 'profile');
    expect(await judged()).toEqual(questions.slice(0, 5).map(({ id }) => id));
    expect((await store.get('profiles', 'tiny'))?.judgements.every(({ judgedCorrect }) => judgedCorrect)).toBe(true);
  });

  it('counts words, and a rule is fixed once there is a profile', async () => {
    const made = await start({ kind: 'length', words: 3 }, ({ answer: text }, i) => (i === 7 ? `one two ${text}` : text));
    await go(made, 'profile');
    expect(await judged()).toEqual([questions[7].id]);
    await expect(changeDifficulty(store, 'tiny', { kind: 'graded' })).rejects.toThrow('profile of this project is made');
  });
});
