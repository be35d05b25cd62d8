/** A student answers a set of questions: in fixed batches, so that an interrupted set ends with the same answers. */
import { seedOf } from '../core/random';
import type { Question, Response } from '../data/types';
import { loadGrader, type Grader } from '../grade/graders';
import type { Student } from '../model/types';
import type { ResponseRow, SetName, StudioStore } from '../store/types';
import { encodePrompt } from '../train/example';
import type { Generator } from '../train/generate';
import type { GenerateOptions } from '../train/types';
import type { Job } from './job';
import { secondOpinion } from './secondOpinion';
import { sampleRun, type Sampling, studentOf } from './sampling';
import { answering } from './testSets';
import type { Unit } from './unit';

/** A sampled answer depends on its place in its batch and the batch's seed, so the size is part of the result. */
const BATCH = 256;

/** Answers and grades; sampling is seeded by the position of each batch of 256. Rejects with `AbortError` when the signal aborts. */
export async function answerQuestions(
  generator: Generator, student: Student, questions: readonly Question[], grader: Grader, options: GenerateOptions,
  onProgress?: (done: number, total: number) => void, signal?: AbortSignal,
): Promise<Response[]> {
  const responses: Response[] = [];
  for (let start = 0; start < questions.length; start += BATCH) {
    const batch = questions.slice(start, start + BATCH);
    const say = (done: number) => onProgress?.(start + done, questions.length);
    responses.push(...(await answerBatch(generator, student, batch, grader, { ...options, seed: seedOf(options.seed, start) }, say, signal)));
  }
  return responses;
}

async function answerBatch(
  generator: Generator, student: Student, questions: readonly Question[], grader: Grader, options: GenerateOptions,
  onProgress: (done: number) => void, signal?: AbortSignal,
): Promise<Response[]> {
  const prompts = questions.map(({ question }) => encodePrompt(student, question));
  const answers = await generator.answer(prompts, options, onProgress, signal);
  signal?.throwIfAborted();
  return questions.map((question, i) => {
    const text = student.tokenizer.decode(answers[i].ids);
    return { questionId: question.id, text, ...grader(question.answer, text), truncated: answers[i].truncated };
  });
}

/** The units of one student and one set. `answered` holds the keys of the responses there are. */
export async function answerUnits(job: Job, student: string, set: SetName, answered: ReadonlySet<string>, sampling?: Sampling): Promise<Unit[]> {
  const questions = await job.questions(set);
  const runId = sampling ? sampleRun(student, sampling) : student;
  const units: Unit[] = [];
  for (let start = 0; start < questions.length; start += BATCH) {
    const batch = questions.slice(start, start + BATCH);
    units.push({
      key: `answers/${runId}/${set}/${start}`, title: answerTitle(job, runId, set, start, questions.length),
      kind: 'answers', size: batch.length,
      done: batch.every(({ id }) => answered.has(responseKey(job.project.id, runId, set, id))),
      run: () => answerUnit(job, runId, set, start, batch, sampling),
    });
  }
  return units;
}

async function answerUnit(job: Job, runId: string, set: SetName, start: number, batch: Question[], sampling?: Sampling): Promise<void> {
  const { project, store, deps } = job;
  const generator = await job.generator(studentOf(runId).student);
  const total = (await job.questions(set)).length;
  // The same seed for every run, so that answers can be laid side by side.
  const { grader, generation } = answering(project, set);
  const { seed } = generation;
  const options = sampling
    ? { ...generation, temperature: sampling.temperature, seed: seedOf(seed, set, start, 'sample', sampling.sample) }
    : { ...generation, seed: seedOf(seed, set, start) };
  const say = (done: number) => job.tell(answerTitle(job, runId, set, start + done, total));
  const graded = await answerBatch(generator, await job.student(), batch, await loadGrader(grader), options, say, deps.signal);
  const responses = project.teacherGrades ? await doublyGraded(job, batch, graded) : graded;
  await store.put('responses', responses.map((response): ResponseRow => ({
    ...response, key: responseKey(project.id, runId, set, response.questionId), projectId: project.id, runId, set,
  })));
}

/** With the teacher's word on what the grader calls wrong. */
async function doublyGraded(job: Job, batch: readonly Question[], graded: readonly Response[]): Promise<Response[]> {
  const { responses } = await secondOpinion(await job.teacher(), batch, graded, {
    signal: job.deps.signal, onProgress: (ended, all) => job.tell(`The teacher looks at answers graded wrong: ${ended} of ${all}`),
  });
  return responses;
}

function answerTitle(job: Job, runId: string, set: SetName, done: number, total: number): string {
  const { student, sample } = studentOf(runId);
  const who = student === 'base' ? 'The untouched student' : student.slice(job.project.id.length + 1);
  return `${who}${sample === undefined ? '' : `, sample ${sample},`} answers ${set.replace('ood:', '')} questions: ${done} of ${total}`;
}

export async function answeredKeys(job: Job): Promise<Set<string>> {
  return new Set((await job.store.where('responses', 'projectId', job.project.id)).map((row) => row.key));
}

/** The stored responses to `questions`, in their order. */
export async function storedResponses(
  store: StudioStore, projectId: string, runId: string, set: SetName, questions: readonly Question[],
): Promise<ResponseRow[]> {
  const field = studentOf(runId).student === 'base' ? 'projectId' : 'runId';
  const rows = (await store.where('responses', field, field === 'runId' ? runId : projectId))
    .filter((row) => row.runId === runId && row.set === set);
  const byQuestion = new Map(rows.map((row) => [row.questionId, row]));
  return questions.flatMap(({ id }) => byQuestion.get(id) ?? []);
}

function responseKey(projectId: string, runId: string, set: SetName, questionId: string): string {
  return `${projectId}/${runId}/${set}/${questionId}`;
}
