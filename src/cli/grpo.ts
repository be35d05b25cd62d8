/** `grpo`: reinforcement on graded answers, on top of any student. What is done is kept after every batch of rollouts. */
import { join } from 'node:path';
import { elapsed, formatDuration } from '../core/clock';
import { StudioError } from '../core/errors';
import { decodeText } from '../data/decodeText';
import type { Question } from '../data/types';
import { defaultGrader, graderNames, loadGrader } from '../grade/graders';
import { adapterToFiles } from '../model/peft';
import { studentToFiles } from '../model/student';
import type { AdapterSettings } from '../model/types';
import { answersDrawn } from '../stat/reinforcement';
import { openFileStore } from '../store/fileStore';
import { gradedRewards, rewardBySkill, type GradedAnswer, type Judge } from '../studio/rewards';
import { graderOf, secondOpinion } from '../studio/secondOpinion';
import { requestFor } from '../teacher/chatTeacher';
import { someOf } from '../teacher/sample';
import { grade } from '../teacher/tasks/judging';
import { decodeCheckpoint, encodeCheckpoint } from '../train/checkpoint';
import { encodePrompt } from '../train/example';
import { GrpoTrainer, type GrpoMetrics, type GrpoOptions } from '../train/grpo';
import { longestOf, reinforcementPlan } from '../train/reinforcementPlan';
import { gigabytes } from '../train/room';
import { ADAPTER_OPTIONS, ADAPTER_USAGE, addAdapter } from './adapterOptions';
import type { Command, Given, Result } from './command';
import { claimFolder, readIfThere, writeFiles, writeWhole } from './folders';
import { MEMORY_OPTIONS, MEMORY_USAGE, memoryReport, methodOf, roomOf } from './memoryReport';
import { openNodeEngine } from './nodeEngine';
import { readQuestions } from './questions';
import { namedStudent, STUDENT_OPTIONS } from './student';
import { planFrom, teacherFor, teacherOptions, teacherUsage, wouldSend } from './teacher';
import type { Terminal } from './terminal';

const CHECKPOINT = 'grpo.checkpoint';
const LOG = 'grpo.json';

interface Log {
  options: GrpoOptions;
  /** Of the adapter that is trained in place of all weights. */
  lora?: AdapterSettings;
  /** The teacher that is asked about answers the grader calls wrong. */
  judge?: string;
  iterations: (GrpoMetrics & { skills: ReturnType<typeof rewardBySkill>; unjudged?: number })[];
  /** The answers of the last batch, group by group, with their advantages. */
  lastGroups: { question: string; answers: { text: string; reward: number; advantage?: number }[] }[];
}

export const grpoCommand: Command = {
  name: 'grpo',
  summary: 'Reinforces a student on its own graded answers (GRPO), in groups.',
  usage: 'grpo --student DIR --data F.jsonl --out DIR [--resume] [--updates 60] [--questions 16] [--group 8] [--updates-each 1] [--lr 1e-4]'
    + ' [--temperature 1] [--max-tokens 40] [--clip-low 0.2] [--clip-high 0.2] [--kl 0] [--scale std|none] [--mean answer|token|constant]'
    + ` [--format-reward 0] [--grader final|exact|numeric|choice|math] [--seed N] [${ADAPTER_USAGE} | --adapter DIR] [--base f32|f16|q8|q4] ${MEMORY_USAGE} [--dry-run]`
    + ` [--judge --ledger DIR ${teacherUsage}]`,
  options: {
    ...STUDENT_OPTIONS, ...ADAPTER_OPTIONS, ...MEMORY_OPTIONS, data: { type: 'string' }, out: { type: 'string' }, resume: { type: 'boolean' }, 'dry-run': { type: 'boolean' }, updates: { type: 'string' },
    questions: { type: 'string' }, group: { type: 'string' }, 'updates-each': { type: 'string' }, lr: { type: 'string' },
    temperature: { type: 'string' }, 'max-tokens': { type: 'string' }, 'clip-low': { type: 'string' }, 'clip-high': { type: 'string' },
    kl: { type: 'string' }, scale: { type: 'string' }, mean: { type: 'string' }, 'format-reward': { type: 'string' },
    grader: { type: 'string' }, seed: { type: 'string' }, ...teacherOptions, judge: { type: 'boolean' }, ledger: { type: 'string' },
  },
  async run(given, { terminal, signal }): Promise<Result> {
    const student = await namedStudent(given);
    const options = grpoOptions(given);
    addAdapter(given, student, options.seed);
    const { questions, skipped } = await readQuestions(given.needed('data'), terminal);
    const grader = await loadGrader(given.choice('grader', graderNames, defaultGrader));
    const prompts = questions.map(({ question }) => encodePrompt(student, question));
    const engine = await openNodeEngine(given, terminal);
    engine.room = roomOf(given, engine.room);
    const told = given.flag('judge') ? judgements(given, questions, options) : undefined;
    if (given.flag('dry-run')) {
      const memory = await memoryReport(engine.shape, reinforcementPlan(engine, student, options, longestOf(prompts)), engine.room);
      return told ? { json: { ...(memory.json as object), teacher: told.json }, text: `${memory.text}\n${told.text}` } : memory;
    }
    const out = given.needed('out');
    const judge = told && (await openJudge(given, terminal, signal));
    if (told) terminal.note(`At most ${(told.json as { forecast: { requests: number } }).forecast.requests} answers go to ${given.needed('model')}: those that the grader calls wrong. --dry-run tells the tokens and the money.`);
    await claimFolder(out, given.flag('resume'));
    const log = await readLog(out, options, student.adapter?.settings, told && given.needed('model'));
    const kept = log.iterations.length > 0 ? await readIfThere(join(out, CHECKPOINT)) : undefined;
    engine.watchPeak();
    const trainer = await GrpoTrainer.create(engine, student, options, prompts, kept && decodeCheckpoint(kept));
    log.iterations.length = trainer.iteration;
    let graded: GradedAnswer[] = [];
    const rewardOf = gradedRewards(student, questions, grader, given.number('format-reward', 0, 0, 1), (answers) => (graded = answers), judge);
    const startedAt = elapsed();
    const begun = trainer.iteration;
    try {
      while (trainer.iteration < options.iterations) {
        const { metrics, rollouts } = await trainer.iterate(rewardOf, signal);
        const unjudged = graded.filter((answer) => answer.unjudged).length;
        log.iterations.push({ ...metrics, skills: rewardBySkill(graded), ...(unjudged > 0 && { unjudged }) });
        log.lastGroups = groupsOf(graded, rollouts.map(({ advantage }) => advantage), options.group);
        // The checkpoint says how much of the log counts: it goes last.
        await writeWhole(join(out, LOG), `${JSON.stringify(log)}\n`);
        await writeWhole(join(out, CHECKPOINT), encodeCheckpoint(await trainer.checkpoint()));
        const left = ((elapsed() - startedAt) / 1000 / (trainer.iteration - begun)) * (options.iterations - trainer.iteration);
        terminal.progress(`batch ${metrics.iteration}/${options.iterations}  reward ${metrics.reward.toFixed(3)}  same-reward groups `
          + `${Math.round(100 * metrics.fracRewardZeroStd)} %  ${formatDuration(left)} left`);
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      throw new StudioError('cancelled', `Stopped after batch ${trainer.iteration} of ${options.iterations}.`, {
        kept: `"${out}" holds everything up to there.`, remedy: 'The same command with --resume goes on from there.',
      });
    }
    const params = await trainer.params();
    const { adapter } = student;
    await writeFiles(out, adapter ? adapterToFiles({ ...adapter, params }, student.config, student.name) : await studentToFiles(student, params));
    await trainer.dispose();
    const rewards = log.iterations.map(({ reward }) => reward);
    const rate = (tokens: 'rolloutTokens' | 'updateTokens', ms: 'rolloutMs' | 'updateMs') =>
      log.iterations.reduce((sum, one) => sum + one[tokens], 0) / (log.iterations.reduce((sum, one) => sum + one[ms], 0) / 1000);
    const rates = { rolloutTokensPerSecond: rate('rolloutTokens', 'rolloutMs'), updateTokensPerSecond: rate('updateTokens', 'updateMs') };
    return {
      json: {
        rewards, ...rates, ...log, rows: questions.length, skipped, adapter: engine.report.description, memory: { estimate: trainer.estimate, peak: engine.allocated.peak }, out,
      },
      text: `${rewards.length} batches, mean reward ${rewards[0]?.toFixed(3)} at first, ${rewards.at(-1)?.toFixed(3)} at last. It held ${gigabytes(engine.allocated.peak)} of the ${gigabytes(trainer.estimate.total)} planned. The ${adapter ? 'adapter' : 'student'} is in ${out}.`,
    };
  },
};

function grpoOptions(given: Given): GrpoOptions {
  const updatesEach = given.integer('updates-each', 1, 1);
  const updates = given.integer('updates', 60, 1);
  return {
    iterations: Math.ceil(updates / updatesEach), updatesEach,
    questions: given.integer('questions', 16, 1), group: given.integer('group', 8, 2), maxTokens: given.integer('max-tokens', 40, 1),
    temperature: given.number('temperature', 1), learningRate: given.number('lr', 1e-4), weightDecay: 0, clip: 1, beta1: 0.9, beta2: 0.98,
    epsilon: 1e-8, seed: given.integer('seed', 0), scale: given.choice('scale', ['std', 'none'] as const, 'std'),
    clipLow: given.number('clip-low', 0.2, 0, 1), clipHigh: given.number('clip-high', 0.2), kl: given.number('kl', 0),
    mean: given.choice('mean', ['answer', 'token', 'constant'] as const, 'answer'),
    ...changed(given),
  };
}

/** What would go to the teacher at most; a question's own answer stands for the answers that are not drawn yet. */
function judgements(given: Given, questions: readonly Question[], options: GrpoOptions): Result {
  const sample = someOf(questions).map(({ question, answer }) => requestFor(grade, { question, reference: answer, response: answer }).request);
  return wouldSend({ plan: planFrom(given), rows: answersDrawn({ ...options, updates: options.iterations * options.updatesEach }), sample }, given);
}

/** Its replies are kept in the ledger of a folder, and asked for once. */
async function openJudge(given: Given, terminal: Terminal, signal: AbortSignal): Promise<Judge> {
  const folder = given.needed('ledger');
  await claimFolder(folder, true);
  const teacher = await teacherFor(planFrom(given), given, 'grpo', await openFileStore(folder), signal);
  graderOf(teacher);
  return (questions, responses) => secondOpinion(teacher, questions, responses, {
    signal, onProgress: (ended, all) => terminal.progress(`${ended}/${all} judged by the teacher`),
  });
}

/** What saves memory, where it is asked for: earlier logs do not name it. */
function changed(given: Given): Pick<GrpoOptions, 'accumulate' | 'recompute' | 'optimizer'> {
  const accumulate = given.integer('accumulate', 1, 1);
  const { recompute, optimizer } = methodOf(given);
  return { ...(accumulate > 1 && { accumulate }), ...(recompute && { recompute }), ...(optimizer !== 'adamw' && { optimizer }) };
}

/** What an earlier call logged. @throws StudioError `grpo-other-run` */
async function readLog(out: string, options: GrpoOptions, lora: AdapterSettings | undefined, judge: string | undefined): Promise<Log> {
  const bytes = await readIfThere(join(out, LOG));
  if (!bytes) return { options, lora, judge, iterations: [], lastGroups: [] };
  const log = JSON.parse(decodeText(bytes, LOG)) as Log;
  const { iterations: _, ...mine } = options;
  const { iterations: __, ...stored } = log.options;
  if (JSON.stringify([mine, lora, judge]) === JSON.stringify([stored, log.lora, log.judge])) return { ...log, options };
  throw new StudioError('grpo-other-run', `What "${out}" holds was made with other options.`, {
    kept: 'Nothing was changed.', remedy: 'Resume with the options it was started with, or name another folder.',
  });
}

function groupsOf(graded: readonly GradedAnswer[], advantages: readonly (number | undefined)[], group: number): Log['lastGroups'] {
  return Array.from({ length: graded.length / group }, (_, g) => ({
    question: graded[g * group].question.question,
    answers: graded.slice(g * group, (g + 1) * group).map(({ text, reward }, i) => ({ text, reward, advantage: advantages[g * group + i] })),
  }));
}
