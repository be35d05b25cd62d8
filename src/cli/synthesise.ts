/** `synthesise`: new questions after a profile, or answers told anew, by a language model or a built-in world's rules: JSONL rows to train on. */
import { join } from 'node:path';
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { decodeText } from '../data/decodeText';
import type { Question, Skill } from '../data/types';
import { graderNames, loadGrader } from '../grade/graders';
import { skillMap } from '../stat/skills';
import { acceptRewritten, acceptWritten, augmentRequests, statSynRequests, synthesisDefaults, type Accepted } from '../stat/synthesise';
import type { MissingSkills } from '../stat/types';
import { openFileStore } from '../store/fileStore';
import type { StudioStore } from '../store/types';
import { storedLedger } from '../studio/ledger';
import { retold, values, written } from '../studio/writing';
import type { ChatRequest } from '../teacher/chat';
import { requestFor } from '../teacher/chatTeacher';
import { recordingTeacher } from '../teacher/ledger/recorded';
import { rulesTeacher } from '../teacher/rules';
import type { WorkingTeacher } from '../teacher/runner/caller';
import { runRows, type RowFailure } from '../teacher/runner/rows';
import { someOf, writingSample } from '../teacher/sample';
import { rewrite } from '../teacher/tasks/writing';
import type { Command, Given, Result } from './command';
import { claimFolder, readNamedFile, writeWhole } from './folders';
import { readSkills } from './label';
import { FAILURES, failuresIn, reasonsOf } from './labelFiles';
import { writePieces } from './lines';
import { readQuestions } from './questions';
import { planFrom, teacherFor, teacherOptions, teacherProgress, teacherUsage, wouldSend } from './teacher';
import type { Terminal } from './terminal';

const JOB = 'synthesise';
const ROWS = 'new.jsonl';
const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
/** What `profile` wrote. */
const ProfileFile = v.object({
  judgements: v.pipe(v.array(v.object({
    questionId: text(500), judgedCorrect: v.boolean(), missing: v.pipe(v.array(text(200)), v.maxLength(100)), reason: v.optional(text(5000), ''),
  })), v.maxLength(1_000_000)),
});

export const synthesiseCommand: Command = {
  name: 'synthesise',
  summary: 'New questions for the missing skills of a profile (STAT-Syn), or answers told anew, as rows to train on.',
  usage: `synthesise (${teacherUsage} | --world A|B1) --data POOL.jsonl (--profile profile.json | --as augment --count N) --evaluation F.jsonl[,G.jsonl] --out DIR `
    + '[--skills list.json] [--per-skill 2] [--keep-judged-correct] [--grader NAME] [--seed 0] [--resume [--retry-failed]] [--dry-run]',
  options: {
    ...teacherOptions, world: { type: 'string' }, data: { type: 'string' }, profile: { type: 'string' }, as: { type: 'string' }, count: { type: 'string' },
    evaluation: { type: 'string' }, skills: { type: 'string' }, 'per-skill': { type: 'string' }, 'keep-judged-correct': { type: 'boolean' },
    grader: { type: 'string' }, seed: { type: 'string' }, out: { type: 'string' }, resume: { type: 'boolean' }, 'retry-failed': { type: 'boolean' },
    'dry-run': { type: 'boolean' },
  },
  async run(given, { terminal, signal }): Promise<Result> {
    const { questions: pool } = await readQuestions(given.needed('data'), terminal);
    const evaluation = await questionsOf(given.needed('evaluation').split(','), terminal);
    const grader = await loadGrader(given.text('grader') === undefined ? 'math' : given.choice('grader', graderNames));
    const same = (a: string, b: string): boolean => grader(a, b).correct;
    const seed = given.integer('seed', 0, 0);
    const work = given.text('as') === 'augment' ? rewritings(given, pool, seed, same) : await newQuestions(given, pool, evaluation, seed, same);
    if (given.flag('dry-run')) return wouldSend({ ...work, plan: given.text('world') === undefined ? planFrom(given) : undefined, rows: work.rows.length }, given);
    const out = given.needed('out');
    await claimFolder(out, given.flag('resume'));
    const teacher = await teacherOf(given, await openFileStore(out), signal);
    for (const { row, at } of given.flag('retry-failed') ? await failuresIn(out) : []) teacher.caller?.askAgain(row, at);
    const { accepted: { rows, counts }, failures } = await work.done(teacher, signal, teacherProgress(teacher, work.rows.length, terminal)).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
      throw new StudioError('cancelled', 'Stopped before all rows were written.', {
        kept: `"${out}" holds every reply that came.`, remedy: 'The same command with --resume goes on from there.',
      });
    });
    await writePieces(join(out, ROWS), rows.map((row) => `${JSON.stringify(row)}\n`));
    await writePieces(join(out, FAILURES), failures.map((row) => `${JSON.stringify(row)}\n`));
    const told = { asked: work.rows.length, failed: failures.length, failures: reasonsOf(failures), ...counts, teacher: teacher.caller?.told ?? teacher.name, spent: teacher.caller?.spent };
    await writeWhole(join(out, 'counts.json'), `${JSON.stringify(told, undefined, 2)}\n`);
    const dropped = Object.entries(counts.dropped).filter(([, n]) => n > 0).map(([why, n]) => `${why} ${n}`);
    return {
      json: told,
      text: `${counts.rows} rows of ${counts.questions} questions from ${work.rows.length} requests, ${failures.length} failed${dropped.length > 0 ? `; dropped: ${dropped.join(', ')}` : ''}. In ${out}: ${ROWS}, ${FAILURES}, counts.json.`,
    };
  },
};

interface Work {
  rows: readonly { id: string }[];
  /** Replies a row takes. */
  calls: number;
  /** Some of the requests, as `Planned`; a question to be solved is not there yet, so its first reference stands for it. */
  sample: ChatRequest[];
  done(teacher: WorkingTeacher, signal: AbortSignal, onProgress: (ended: number, failed: number) => void): Promise<{ accepted: Accepted; failures: RowFailure[] }>;
}

async function newQuestions(given: Given, pool: Question[], evaluation: Question[], seed: number, same: (a: string, b: string) => boolean): Promise<Work> {
  const map = skillMap(pool);
  const requests = statSynRequests(await judgementsIn(given.needed('profile')), map, pool, await skillsFrom(given, [...map.keys()]), seed, {
    perSkill: given.integer('per-skill', synthesisDefaults.perSkill, 1, 1000), keepJudgedCorrect: given.flag('keep-judged-correct'),
  });
  if (requests.length === 0) {
    throw new StudioError('cli-nothing-to-write', 'No missing skill of the profile has a question in the pool, so there is nothing to write.', {
      remedy: 'Label the pool with the skills the profile names: see label --help.',
    });
  }
  const rows = requests.map((request) => ({ ...request, id: request.row }));
  return {
    rows, calls: 1 + synthesisDefaults.solutions, sample: writingSample(requests, synthesisDefaults.solutions),
    async done(teacher, signal, onProgress) {
      const outcomes = await runRows(rows, ({ id: _, ...request }) => written(teacher, request), { rowsAtOnce: rowsAtOnce(teacher), signal, onProgress });
      return { accepted: acceptWritten(values(outcomes), pool, evaluation, same), failures: failuresOf(outcomes) };
    },
  };
}

function rewritings(given: Given, pool: Question[], seed: number, same: (a: string, b: string) => boolean): Work {
  const rows = augmentRequests(pool, given.integer('count', 3 * pool.length, 1), seed).map((request) => ({ ...request, id: `${request.row}/${request.draw}` }));
  return {
    rows, calls: 1, sample: someOf(rows).map((row) => requestFor(rewrite, row).request),
    async done(teacher, signal, onProgress) {
      const outcomes = await runRows(rows, ({ id: _, ...request }) => retold(teacher, request), { rowsAtOnce: rowsAtOnce(teacher), signal, onProgress });
      return { accepted: acceptRewritten(pool, values(outcomes), same), failures: failuresOf(outcomes) };
    },
  };
}

function failuresOf(outcomes: readonly ({ failure: RowFailure } | object)[]): RowFailure[] {
  return outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
}

function rowsAtOnce(teacher: WorkingTeacher): number {
  return teacher.rowsAtOnce ?? teacher.caller?.rowsAtOnce ?? 1;
}

async function teacherOf(given: Given, store: StudioStore, signal: AbortSignal): Promise<WorkingTeacher> {
  const world = given.text('world');
  return world === undefined ? teacherFor(planFrom(given), given, JOB, store, signal) : recordingTeacher(rulesTeacher(world), storedLedger(store), JOB);
}

async function questionsOf(files: readonly string[], terminal: Terminal): Promise<Question[]> {
  const read = [];
  for (const file of files) read.push(...(await readQuestions(file, terminal)).questions);
  return read;
}

async function judgementsIn(file: string): Promise<MissingSkills[]> {
  try {
    return v.parse(ProfileFile, JSON.parse(decodeText(await readNamedFile(file), file))).judgements;
  } catch (thrown) {
    if (thrown instanceof StudioError) throw thrown;
    throw new StudioError('cli-bad-profile', `"${file}" is no profile: ${thrown instanceof v.ValiError ? thrown.issues[0].message : 'it is not JSON'}.`, {
      remedy: 'Give the profile.json that `profile` wrote.',
    });
  }
}

async function skillsFrom(given: Given, names: string[]): Promise<Skill[]> {
  const file = given.text('skills');
  return file === undefined ? names.map((name) => ({ name, description: '' })) : readSkills(decodeText(await readNamedFile(file), file), file);
}
