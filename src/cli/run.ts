/** `run`: a whole experiment, every arm and seed, and its report. What is done is kept, so that it can be gone on with. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { elapsed, formatDuration } from '../core/clock';
import { StudioError } from '../core/errors';
import { decodeText } from '../data/decodeText';
import type { Engine } from '../gpu/device';
import type { Student } from '../model/types';
import { openFileStore } from '../store/fileStore';
import type { Project, StudioStore } from '../store/types';
import { experimentReport, type ExperimentReport } from '../studio/experiment';
import type { Dependencies } from '../studio/job';
import { answerValidation, validationReport, type ValidationReport } from '../studio/onValidation';
import { advance } from '../studio/pipeline';
import { storedLedger } from '../studio/ledger';
import { projectReport, type ProjectReport } from '../studio/report';
import { skillsOf, splitsOf } from '../studio/splits';
import { teacherOf } from '../studio/teacherOf';
import { projectTeacher } from '../studio/workingTeacher';
import { type AskedWork, wouldAsk } from '../studio/wouldAsk';
import { importLedger } from '../teacher/ledger/jsonl';
import { ledgerInMemory } from '../teacher/ledger/ledger';
import { recordingTeacher, teacherOfLedger } from '../teacher/ledger/recorded';
import type { WorkingTeacher } from '../teacher/runner/caller';
import type { JobEvent, Stage } from '../worker/protocol';
import type { Command, Context, Given, Result } from './command';
import { readExperiment, type Experiment } from './experimentFile';
import { checkOthers, otherSeed, projectOf, wantsOther } from './experimentProject';
import { experimentText, validationText } from './experimentText';
import { claimFolder, readNamedFile, readStudent, writeWhole } from './folders';
import { fileLines } from './lines';
import { openNodeEngine } from './nodeEngine';
import { keepOwnData, type KeptData } from './ownData';
import { keyFrom, planFrom, teacherOptions, teacherUsage, wouldSendAll } from './teacher';
import { openSentenceModel } from './sentenceModel';
import type { Terminal } from './terminal';

export const runCommand: Command = {
  name: 'run',
  summary: 'Runs an experiment: all arms, all seeds, and the comparison.',
  usage: `run experiment.json --out DIR [--resume] [--seeds 0,1,2] [--on test|validation] [--record | --replay LEDGER.jsonl | ${teacherUsage} [--dry-run]]`,
  positionals: ['experiment.json'],
  options: {
    ...teacherOptions, out: { type: 'string' }, resume: { type: 'boolean' }, seeds: { type: 'string' }, record: { type: 'boolean' }, replay: { type: 'string' },
    on: { type: 'string' }, 'dry-run': { type: 'boolean' },
  },
  async run(given, context): Promise<Result> {
    const file = given.positionals[0];
    const experiment = readExperiment(decodeText(await readNamedFile(file), file), file);
    const seeds = given.integers('seeds') ?? experiment.seeds;
    checkOthers(experiment, seeds);
    if (given.flag('dry-run')) return wouldRun(experiment, seeds, given, context);
    const out = given.needed('out');
    await claimFolder(out, given.flag('resume'));
    const store = await openFileStore(out);
    const data = experiment.data && (await keepOwnData(experiment.data, store, context.terminal));
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
        const { project, dependencies } = await runSeed({ ...experiment, teacher: plan }, data, seed, validation ? 'train' : 'compare', store, openEngine, teacher, context);
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

/** For `--dry-run`: what each seed would ask its teacher, at most. What is read meanwhile is kept nowhere. */
async function wouldRun(experiment: Experiment, seeds: readonly number[], given: Given, { terminal }: Context): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'stat-'));
  try {
    const store = await openFileStore(folder);
    const data = experiment.data && (await keepOwnData(experiment.data, store, terminal));
    const plan = given.text('teacher') === undefined ? undefined : planFrom(given);
    const asked: AskedWork[] = [];
    for (const seed of new Set([...seeds, ...(wantsOther(experiment) ? seeds.flatMap((one) => otherSeed(experiment, one) ?? []) : [])])) {
      const project = await projectOf({ ...experiment, teacher: plan }, seed, data, store, terminal);
      // Of a seed that only lends its profile, no arm is built.
      const arms = seeds.includes(seed) ? project.arms : [];
      const work = wouldAsk({ ...project, arms }, await splitsOf(project, store), await skillsOf(project, store));
      asked.push(...work.map((one) => ({ ...one, what: `Seed ${seed}: ${one.what}` })));
    }
    return wouldSendAll(plan, asked, given);
  } finally {
    await rm(folder, { recursive: true });
  }
}

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

async function runSeed(
  experiment: Experiment, data: KeptData | undefined, seed: number, stage: Stage, store: StudioStore, openEngine: () => Promise<Engine>,
  teacher: (project: Project) => Promise<WorkingTeacher>, context: Context,
): Promise<{ project: Project; dependencies: Dependencies }> {
  const { terminal, signal } = context;
  const to = async (wanted: Stage, of: number): Promise<{ project: Project; dependencies: Dependencies }> => {
    const project = await projectOf(experiment, of, data, store, terminal);
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
