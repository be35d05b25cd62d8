/** `run`: a whole experiment, every arm and seed, and its report. What is done is kept, so that it can be gone on with. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { elapsed, formatDuration } from '../core/clock';
import { StudioError } from '../core/errors';
import { decodeText } from '../data/decodeText';
import { PACKINGS } from '../gpu/packing';
import type { Engine } from '../gpu/device';
import type { Student } from '../model/types';
import { openFileStore } from '../store/fileStore';
import type { Project, SkillSource, StudioStore } from '../store/types';
import { experimentReport, type ExperimentReport } from '../studio/experiment';
import type { Dependencies } from '../studio/job';
import { answerValidation, validationReport, type ValidationReport } from '../studio/onValidation';
import { advance } from '../studio/pipeline';
import { demoProject, LEARNING_RATE } from '../studio/project';
import { storedLedger } from '../studio/ledger';
import { projectReport, type ProjectReport } from '../studio/report';
import { ARM_KINDS, type ArmSpec } from '../stat/types';
import { expandRounds } from '../stat/variants';
import { teacherOf } from '../studio/teacherOf';
import { projectTeacher } from '../studio/workingTeacher';
import { importLedger } from '../teacher/ledger/jsonl';
import { ledgerInMemory } from '../teacher/ledger/ledger';
import { recordingTeacher, teacherOfLedger } from '../teacher/ledger/recorded';
import type { TeacherPlan } from '../teacher/plan';
import type { WorkingTeacher } from '../teacher/runner/caller';
import type { JobEvent, Stage } from '../worker/protocol';
import type { Command, Context, Given, Result } from './command';
import { Difficulty } from './difficulty';
import { experimentText, validationText } from './experimentText';
import { claimFolder, readNamedFile, readStudent, writeWhole } from './folders';
import { fileLines } from './lines';
import { openNodeEngine } from './nodeEngine';
import { keyFrom, planFrom, teacherOptions, teacherUsage } from './teacher';
import { openSentenceModel } from './sentenceModel';
import type { Terminal } from './terminal';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const rate = v.pipe(v.number(), v.minValue(1e-9), v.maxValue(1));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const Lora = v.pipe(v.strictObject({
  rank: v.pipe(count, v.maxValue(4096)),
  alpha: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1e6))),
  dropout: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.99)), 0),
  targets: v.optional(v.union([v.literal('all-linear'), v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.minLength(1), v.maxLength(1000))]), 'all-linear'),
  rankStabilised: v.optional(v.boolean(), false),
}), v.transform(({ alpha, ...lora }) => ({ ...lora, alpha: alpha ?? 2 * lora.rank })));

const Arm = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[\w.+-]{1,60}$/, 'an arm\u2019s name is letters, digits, dots, dashes and pluses')),
  kind: v.picklist(ARM_KINDS),
  learningRate: v.optional(rate, LEARNING_RATE),
  learningRates: v.optional(v.array(rate)),
  lora: v.optional(v.union([v.literal(false), Lora])),
  replay: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.99))),
  drawsPerSkill: v.optional(count),
  by: v.optional(v.picklist(['count', 'rate'])),
  floor: v.optional(share),
  keepJudgedCorrect: v.optional(v.boolean()),
  hardest: v.optional(v.pipe(share, v.minValue(0.001))),
  neighbours: v.optional(v.pipe(count, v.maxValue(1000))),
  factors: v.optional(v.record(v.string(), v.pipe(v.number(), v.minValue(0), v.maxValue(1000)))),
  from: v.optional(v.string()),
  rounds: v.optional(v.pipe(count, v.maxValue(10))),
  kl: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1000))),
  klShare: v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(0.9))),
  replays: v.optional(v.pipe(v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(0.99))), v.minLength(1), v.maxLength(10))),
  mayForget: v.optional(share),
  reinforcement: v.optional(v.strictObject({
    updates: count, updatesEach: v.optional(count, 1), questions: v.optional(count, 16), group: v.optional(v.pipe(count, v.minValue(2)), 8),
    ask: v.optional(v.picklist(['all', 'missing'])),
    kl: v.optional(v.pipe(v.number(), v.minValue(0)), 0), scale: v.optional(v.picklist(['std', 'none']), 'std'),
    mean: v.optional(v.picklist(['answer', 'token', 'constant']), 'answer'), formatReward: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
  })),
});

/** `experiment.json`: a world, its seeds, and what to change of the built-in demo. */
const Experiment = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.maxLength(200))),
  world: v.picklist(['A', 'B1']),
  seeds: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.minLength(1), v.maxLength(100)),
  /** Names of the demo's arms to keep, or arms of its own; all of the demo's where absent. */
  arms: v.optional(v.array(v.union([v.string(), Arm]))),
  steps: v.optional(count),
  /** Every trained arm tries each of these on validation, whatever rates it names; reinforcement keeps its own. */
  learningRates: v.optional(v.pipe(v.array(rate), v.minLength(1), v.maxLength(10))),
  equalTokens: v.optional(v.boolean()),
  /** Which validation questions count as difficult. */
  difficulty: v.optional(Difficulty),
  /** A list of skills of one's own, or one the teacher makes of free names. */
  skills: v.optional(v.union([
    v.strictObject({ from: v.literal('teacher'), sample: v.optional(count, 200), most: v.optional(v.pipe(count, v.minValue(2), v.maxValue(200)), 20) }),
    v.pipe(v.array(v.strictObject({ name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)), description: v.optional(v.pipe(v.string(), v.maxLength(2000)), '') })), v.minLength(1), v.maxLength(1000)),
  ])),
  /** The teacher also looks at what the grader calls wrong; it judges twice. */
  teacherGrades: v.optional(v.boolean()),
  secondPass: v.optional(v.boolean()),
  batch: v.optional(count),
  /** Passes that a step's gradients are collected over, at least. */
  accumulate: v.optional(count),
  /** Activations are made again for their gradients: less memory, the same bits. */
  recompute: v.optional(v.boolean()),
  /** Train adapters on the frozen student, which `base` packs on the device. */
  lora: v.optional(Lora),
  base: v.optional(v.picklist(['f32', ...PACKINGS])),
  /** A student of one's own in place of the world's: a folder or a file. */
  student: v.optional(v.pipe(v.string(), v.maxLength(1000))),
  limits: v.optional(v.strictObject({ validation: v.optional(count), test: v.optional(count), outOfDistribution: v.optional(count) })),
});
type Experiment = v.InferOutput<typeof Experiment> & { teacher?: TeacherPlan };

export const runCommand: Command = {
  name: 'run',
  summary: 'Runs an experiment: all arms, all seeds, and the comparison.',
  usage: `run experiment.json --out DIR [--resume] [--seeds 0,1,2] [--on test|validation] [--record | --replay LEDGER.jsonl | ${teacherUsage}]`,
  positionals: ['experiment.json'],
  options: {
    ...teacherOptions, out: { type: 'string' }, resume: { type: 'boolean' }, seeds: { type: 'string' }, record: { type: 'boolean' }, replay: { type: 'string' },
    on: { type: 'string' },
  },
  async run(given, context): Promise<Result> {
    const file = given.positionals[0];
    const experiment = readExperiment(decodeText(await readNamedFile(file), file), file);
    const seeds = given.integers('seeds') ?? experiment.seeds;
    checkOthers(experiment, seeds);
    const out = given.needed('out');
    await claimFolder(out, given.flag('resume'));
    const store = await openFileStore(out);
    const teacher = await teacherFrom(given, store, context.signal);
    const plan = given.text('teacher') === undefined ? undefined : planFrom(given);
    const startedAt = elapsed();
    let engine: Promise<Engine> | undefined;
    const openEngine = () => {
      if (engine) return engine;
      const opened = openNodeEngine(given, context.terminal);
      void opened.then(({ lost }) => lost.then(() => (engine = engine === opened ? undefined : engine)));
      return (engine = opened);
    };
    const validation = given.choice('on', ['test', 'validation'] as const, 'test') === 'validation';
    const reports: ProjectReport[] = [];
    const standings: ValidationReport[] = [];
    try {
      for (const seed of seeds) {
        const { project, dependencies } = await runSeed({ ...experiment, teacher: plan }, seed, validation ? 'train' : 'compare', store, openEngine, teacher, context);
        if (!validation) reports.push(await projectReport(store, project));
        else {
          await answerValidation(project, dependencies);
          standings.push(await validationReport(store, project, dependencies));
        }
      }
    } catch (thrown) {
      if (!context.signal.aborted) throw thrown;
      throw new StudioError('cancelled', 'Stopped before the experiment was finished.', {
        kept: `"${out}" holds everything done so far.`,
        remedy: 'The same command with --resume goes on from there.',
      });
    }
    if (validation) return { json: { seeds: standings }, text: standings.map(validationText).join('\n\n') };
    const report: ExperimentReport = experimentReport(reports);
    const seconds = (elapsed() - startedAt) / 1000;
    const adapter = (await engine)?.report.description;
    context.terminal.note(`Done in ${formatDuration(seconds)}.`);
    await writeWhole(join(out, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
    return { json: { ...report, seconds, adapter }, text: experimentText(report) };
  },
};

/** The teacher of each project: its own or the one named, its own recorded in the folder's ledger, or a ledger's alone. */
async function teacherFrom(given: Given, store: StudioStore, signal: AbortSignal): Promise<(project: Project) => Promise<WorkingTeacher>> {
  const file = given.text('replay');
  const named = given.text('teacher');
  if (file === undefined) {
    if (given.flag('record') && named === undefined) return async (project) => recordingTeacher(await teacherOf(project, store), storedLedger(store), project.id);
    const key = keyFrom(given);
    return (project) => projectTeacher(project, { store, signal, keyFor: (baseUrl) => (baseUrl === named ? key : undefined) });
  }
  const ledger = ledgerInMemory();
  await importLedger(ledger, fileLines(file));
  return async () => teacherOfLedger(ledger);
}

function readExperiment(text: string, file: string): Experiment {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new StudioError('experiment-not-json', `${file} is not JSON.`, { cause });
  }
  const parsed = v.safeParse(Experiment, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new StudioError('experiment-malformed', `${file} is not an experiment: ${issue.message}`, { where: v.getDotPath(issue) ?? undefined });
}

async function runSeed(
  experiment: Experiment, seed: number, stage: Stage, store: StudioStore, openEngine: () => Promise<Engine>,
  teacher: (project: Project) => Promise<WorkingTeacher>, context: Context,
): Promise<{ project: Project; dependencies: Dependencies }> {
  const { terminal, signal } = context;
  const to = async (wanted: Stage, of: number): Promise<{ project: Project; dependencies: Dependencies }> => {
    const project = await projectOf(experiment, of, store);
    terminal.note(`Seed ${of}: ${project.name}${wanted === stage ? '' : ', for its profile'}`);
    const dependencies: Dependencies = {
      store, signal, openEngine,
      teacher: () => teacher(project),
      sentenceModel: openSentenceModel,
      loadStudent: () => (experiment.student === undefined ? shippedStudent(project) : readStudent(experiment.student)),
      onEvent: (event) => tell(event, of, terminal),
    };
    await advance(project, wanted, dependencies);
    return { project, dependencies };
  };
  const other = wantsOther(experiment) ? otherSeed(experiment, seed) : undefined;
  if (other !== undefined) await to('profile', other);
  return to(stage, seed);
}

/** Whose profile a seed's `other-student` arms follow: the seed before it in the experiment, and for the first the second. */
function otherSeed({ seeds }: Experiment, seed: number): number | undefined {
  const at = seeds.indexOf(seed);
  return at > 0 ? seeds[at - 1] : seeds[1];
}

function wantsOther({ arms }: Experiment): boolean {
  return arms?.some((arm) => typeof arm !== 'string' && arm.kind === 'other-student') ?? false;
}

/** Throws `experiment-one-seed` where an arm wants another student's profile and there is no other. */
function checkOthers(experiment: Experiment, seeds: readonly number[]): void {
  const alone = experiment.seeds.length < 2 || seeds.some((seed) => !experiment.seeds.includes(seed));
  if (!wantsOther(experiment) || !alone) return;
  throw new StudioError('experiment-one-seed', 'An arm follows another student’s profile, and the experiment does not name two seeds that it could take it from.', {
    remedy: 'Name in the experiment every seed to be run, two at least, or leave that arm out.',
  });
}

/** The stored project of a seed, or a new one. A stored one made from another experiment is refused. */
async function projectOf(experiment: Experiment, seed: number, store: StudioStore): Promise<Project> {
  const fresh = demoProject(experiment.world, seed, projectId(seed));
  const project: Project = {
    ...fresh,
    arms: armsOf(experiment, fresh.arms, seed),
    student: experiment.student ?? fresh.student,
    lora: experiment.lora,
    base: experiment.base === 'f32' ? undefined : experiment.base,
    training: { ...fresh.training, steps: experiment.steps ?? fresh.training.steps, batch: experiment.batch ?? fresh.training.batch, accumulate: experiment.accumulate, recompute: experiment.recompute },
    ...(experiment.difficulty && { difficulty: experiment.difficulty }),
    ...(experiment.skills && { skillSource: skillSourceOf(experiment.skills) }),
    ...(experiment.teacherGrades && { teacherGrades: true }),
    ...(experiment.secondPass && { secondPass: true }),
    ...(experiment.teacher && { teacher: experiment.teacher }),
    limits: experiment.limits,
    equalTokens: experiment.equalTokens,
  };
  const stored = await store.get('projects', project.id);
  if (stored && !goesOn(stored, project)) {
    throw new StudioError('experiment-changed', `What is stored for seed ${seed} was made from another experiment.`, {
      kept: 'Nothing was changed.', remedy: 'Resume with the experiment it was started with, or name another folder.',
    });
  }
  const kept = { ...project, createdAt: stored?.createdAt ?? project.createdAt };
  if (stored?.arms.length !== kept.arms.length) await store.put('projects', [kept]);
  return kept;
}

/** The same experiment, or the same with arms added: what is done stays as it is. */
function goesOn(stored: Project, project: Project): boolean {
  const arms = new Set(project.arms.map((arm) => JSON.stringify(arm)));
  return plan({ ...stored, arms: [] }) === plan({ ...project, arms: [] }) && stored.arms.every((arm) => arms.has(JSON.stringify(arm)));
}

function armsOf(experiment: Experiment, demo: readonly ArmSpec[], seed: number): ArmSpec[] {
  const { arms, learningRates } = experiment;
  const found = expandRounds((arms ?? demo).map((arm): ArmSpec => {
    const known = typeof arm === 'string' ? demo.find(({ name }) => name === arm) : arm;
    if (known) {
      const rates = learningRates && known.kind !== 'base' && known.kind !== 'grpo' ? { learningRate: learningRates[0], learningRates } : {};
      return { ...known, ...rates, ...(known.kind === 'other-student' ? { other: projectId(otherSeed(experiment, seed)) } : {}) };
    }
    throw new StudioError('experiment-unknown-arm', `There is no arm "${String(arm)}".`, {
      remedy: `The arms are ${demo.map(({ name }) => name).join(', ')}; any other is given as an object with its kind.`,
    });
  }));
  for (const [i, { name, from }] of found.entries()) {
    const before = found.slice(0, i).map((arm) => arm.name);
    if (before.includes(name)) throw new StudioError('experiment-unknown-arm', `Two arms are called "${name}".`);
    if (from !== undefined && !before.includes(from)) {
      throw new StudioError('experiment-unknown-arm', `The arm "${name}" starts from "${from}", which no arm before it is called.`);
    }
  }
  return found;
}

function projectId(seed: number | undefined): string {
  return `seed-${seed}`;
}

function skillSourceOf(skills: NonNullable<Experiment['skills']>): SkillSource {
  return Array.isArray(skills) ? { kind: 'list', file: 'the experiment', skills } : { kind: 'teacher', sample: skills.sample, most: skills.most };
}

/** What a project would do, without when it was made and how fast its teacher may be asked. */
function plan({ createdAt: _, teacher, ...rest }: Project): string {
  return JSON.stringify({ ...rest, teacher: teacher?.choice });
}

async function shippedStudent({ name, student }: Project): Promise<Student> {
  const folder = resolve(process.env.STAT_ROOT ?? '.', 'public', student);
  if (!existsSync(folder)) {
    throw new StudioError('studio-no-student', `There is no student for "${name}".`, {
      where: `public/${student}`, remedy: 'Choose another seed, or make one: see pretrain --help.',
    });
  }
  return readStudent(folder);
}

function tell(event: JobEvent, seed: number, terminal: Terminal): void {
  if (event.type === 'advanced') return;
  if (event.type === 'deviceLost') return terminal.note(`${event.error.message} It is being opened again.`);
  const left = event.secondsLeft === undefined ? '' : `  (${formatDuration(event.secondsLeft)} left in this stage)`;
  if (event.type === 'progress') terminal.progress(`seed ${seed}  ${event.stage} ${event.done + 1}/${event.total}  ${event.unit}${left}`);
  else {
    const { metrics, steps, runId, tokensPerSecond } = event;
    const run = runId.slice(runId.indexOf('/') + 1);
    terminal.progress(`seed ${seed}  ${run} step ${metrics.step}/${steps}  loss ${metrics.loss.toFixed(4)}  ${Math.round(tokensPerSecond)} tokens/s${left}`);
  }
}
