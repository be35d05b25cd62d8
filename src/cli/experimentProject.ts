/** The project of each seed of an experiment, new or gone on with. */
import { StudioError } from '../core/errors';
import { expandRounds } from '../stat/variants';
import type { ArmSpec } from '../stat/types';
import type { Project, SkillSource, StudioStore } from '../store/types';
import { datasetProject, demoProject } from '../studio/project';
import type { Experiment } from './experimentFile';
import { checkedPool, withSkillFile, type KeptData } from './ownData';
import type { Terminal } from './terminal';

/** Whose profile a seed's `other-student` arms follow: the seed before it in the experiment, and for the first the second. */
export function otherSeed({ seeds }: Experiment, seed: number): number | undefined {
  const at = seeds.indexOf(seed);
  return at > 0 ? seeds[at - 1] : seeds[1];
}

export function wantsOther({ arms }: Experiment): boolean {
  return arms?.some((arm) => typeof arm !== 'string' && arm.kind === 'other-student') ?? false;
}

/** Throws `experiment-one-seed` where an arm wants another student's profile and there is no other. */
export function checkOthers(experiment: Experiment, seeds: readonly number[]): void {
  const alone = experiment.seeds.length < 2 || seeds.some((seed) => !experiment.seeds.includes(seed));
  if (!wantsOther(experiment) || !alone) return;
  throw new StudioError('experiment-one-seed', 'An arm follows another student’s profile, and the experiment does not name two seeds that it could take it from.', {
    remedy: 'Name in the experiment every seed to be run, two at least, or leave that arm out.',
  });
}

/** The stored project of a seed, or a new one. A stored one made from another experiment is refused. */
export async function projectOf(experiment: Experiment, seed: number, data: KeptData | undefined, store: StudioStore, terminal: Terminal): Promise<Project> {
  const fresh = freshProject(experiment, seed, data);
  const generation = { ...fresh.generation, maxTokens: experiment.maxTokens ?? fresh.generation.maxTokens };
  const own: Project = {
    ...fresh, generation,
    grader: experiment.grader ?? fresh.grader,
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
  const labelled = experiment.labels === undefined ? own : await withSkillFile(own, experiment.labels, store, terminal);
  const project = experiment.data ? await checkedPool(labelled, experiment.data.leaveOutNearCopies ?? false, store, terminal) : labelled;
  const stored = await store.get('projects', project.id);
  if (stored && !goesOn(stored, project)) {
    throw new StudioError('experiment-changed', `What is stored for seed ${seed} was made from another experiment.`, {
      kept: 'Nothing was changed.', remedy: 'Resume with the experiment it was started with, or name another folder.',
    });
  }
  const kept = { ...project, ...(stored && { createdAt: stored.createdAt, leftOut: stored.leftOut, tests: stored.tests }) };
  if (stored?.arms.length !== kept.arms.length) await store.put('projects', [kept]);
  return kept;
}

function freshProject(experiment: Experiment, seed: number, data: KeptData | undefined): Project {
  if (!experiment.data || !data) return demoProject(experiment.world ?? 'A', seed, projectId(seed));
  const own = datasetProject(data.dataset, experiment.student, seed);
  return { ...own, id: projectId(seed), name: `${experiment.name ?? own.name}, seed ${seed}`, ...(data.tests.length > 0 && { tests: data.tests }) };
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

/** What a project would do, without when it was made, what was found too long, and how fast its teacher may be asked. */
function plan({ createdAt: _, leftOut: __, teacher, tests, ...rest }: Project): string {
  return JSON.stringify({ ...rest, tests: tests?.map(({ leftOut: ___, ...test }) => test), teacher: teacher?.choice });
}

