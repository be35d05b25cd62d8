/** One training set an arm: every way of building the data, from the same pool, verdicts and seed. */
import { StudioError } from '../core/errors';
import { Random } from '../core/random';
import type { Question } from '../data/types';
import { flooredProfile, hardestRows, randomRows, sameSize, shuffledMap, uniformProfile } from './controls';
import { recountedProfile } from './profile';
import {
  balancedRows, ordinaryRows, paperDrawsPerSkill, permutedSkills, poolWeights, statSel, statSelByRate, weightsFromDraws,
} from './select';
import type { Selection } from './select';
import { mainSkill, skillMap } from './skills';
import { factorWeights, weightedDraws } from './whatIf';
import type { ArmSpec, MissingSkills, NewRow, Profile, SkillMap, TrainingSet } from './types';

/** Loss weights of `pool-weighted` are cut at this many times the mean. */
export const poolWeightCap = 20;

/** Ordinary rows in `stat-sel-replay` where the arm does not say. */
export const defaultReplay = 1 / 3;

export interface ArmContext {
  pool: Question[];
  profile: Profile;
  judgements: MissingSkills[];
  /** Rows the run will see: steps × batch. Arms that only draw (`balanced`, STAT-Sel by rate) draw this many. */
  presentations: number;
  seed: number;
  /** What single arms need besides; an arm without it throws `stat-arm-needs`. */
  other?: Pick<ArmContext, 'profile' | 'judgements'>;
  /** The student's true error rate by skill (`oracleProfile`). */
  oracle?: Profile;
  /** One a pool row: a published level, or the student's loss. */
  hardness?: readonly number[];
  /** For each difficult question its nearest pool rows by sentence embedding, the nearest first. */
  nearest?: ReadonlyMap<string, readonly number[]>;
  /** What a teacher wrote for this arm. */
  written?: readonly NewRow[];
}

/** A row of a training set: of the pool, or one that was added to it. */
export function rowOf(set: Pick<TrainingSet, 'added'>, pool: readonly Question[], row: number): Question {
  return row < pool.length ? pool[row] : (set.added ?? [])[row - pool.length];
}

/**
 * The training set of an arm. Throws `stat-empty-profile` when a STAT arm has nothing to select (no missing skill, or none
 * with pool rows), `stat-no-skills` when balancing a pool without labels, `stat-bad-arm` for numbers out of range.
 */
export function buildTrainingSet(arm: ArmSpec, context: ArmContext): TrainingSet {
  const { pool, presentations, seed } = context;
  switch (arm.kind) {
    case 'base':
    case 'grpo':
      return { rows: [], weights: [] };
    case 'sft':
      return unweighted(pool.map((_, index) => index));
    case 'balanced': {
      const classes = mainSkillRows(pool);
      if (classes.size === 0) {
        throw new StudioError('stat-no-skills', 'No question of the pool has a skill, so it cannot be balanced by skill.', {
          remedy: 'Label the pool on the Skills page first.',
        });
      }
      return unweighted(balancedRows(classes, presentations, seed));
    }
    case 'pool-weighted': {
      const map = skillMap(pool);
      const { profile } = basis(arm, context, map);
      const weights = poolWeights(arm.floor === undefined ? profile : flooredProfile(profile, map, arm.floor), map, pool.length, arm.by ?? 'count', poolWeightCap);
      if (!weights.some((weight) => weight > 0)) throw emptyProfile(arm);
      return { rows: pool.map((_, index) => index), weights };
    }
    case 'random':
      return unweighted(randomRows(pool.length, armSelection({ ...arm, kind: 'stat-sel' }, context).rows.length, seed));
    case 'hard':
      return unweighted(sameSize(hardestRows(needed(arm, context.hardness, 'a level or loss for every row'), arm.hardest ?? 0.5), presentations, seed));
    case 'embed-sel': {
      const nearest = needed(arm, context.nearest, 'sentence embeddings');
      return unweighted([...nearest.values()].flatMap((rows) => rows.slice(0, arm.neighbours ?? paperDrawsPerSkill)));
    }
    case 'stat-syn':
    case 'embed-syn':
    case 'augment': {
      const added = [...needed(arm, context.written, 'new rows by a teacher')];
      if (added.length === 0) {
        throw new StudioError('stat-nothing-written', `The arm "${arm.name}" has nothing to train on: of what the teacher wrote no row was kept.`, {
          remedy: 'Use another teacher, or ask for more questions.',
        });
      }
      const rows = added.map((_, i) => pool.length + i);
      return { ...unweighted([...rows, ...ordinaryRows(pool.length, ordinaryCount(arm, rows.length, 0), seed)]), added };
    }
    case 'reweighted':
      return unweighted(weightedDraws(factorWeights(pool, arm.factors ?? {}), presentations, seed));
    case 'stat-sel':
    case 'shuffled':
    case 'shuffled-map':
    case 'other-student':
    case 'oracle':
    case 'uniform':
      return unweighted(armSelection(arm, context).rows);
    case 'stat-sel-weighted':
      return weightsFromDraws(armSelection(arm, context).rows);
    case 'stat-sel-replay': {
      const { rows } = armSelection(arm, context);
      return unweighted([...rows, ...ordinaryRows(pool.length, ordinaryCount(arm, rows.length, defaultReplay), seed)]);
    }
  }
}

/** Ordinary rows beside `selected` ones, for the share the arm asks for. */
function ordinaryCount(arm: ArmSpec, selected: number, otherwise: number): number {
  const share = arm.replay ?? otherwise;
  if (!(share >= 0 && share < 1)) throw badArm(arm, `replay must be at least 0 and below 1, not ${share}`);
  return Math.round((selected * share) / (1 - share));
}

/** The STAT-Sel draws behind an arm, with the missing skills the pool could not serve. Throws like `buildTrainingSet`. */
export function armSelection(arm: ArmSpec, context: ArmContext): Selection {
  const draws = arm.drawsPerSkill ?? paperDrawsPerSkill;
  if (!Number.isInteger(draws) || draws < 1 || draws > 1000) {
    throw badArm(arm, `drawsPerSkill must be a whole number from 1 to 1000, not ${draws}`);
  }
  const map = arm.kind === 'shuffled-map' ? shuffledMap(context.pool, context.seed) : skillMap(context.pool);
  const { judgements, profile, byRate } = basis(arm, context, map);
  const { floor } = arm;
  if (floor !== undefined && !(floor >= 0 && floor <= 1)) throw badArm(arm, `floor must be from 0 to 1, not ${floor}`);
  // A floor is on rates, and a profile without judgements has nothing else to draw by.
  const selection = byRate || arm.by === 'rate' || floor !== undefined
    ? statSelByRate(floor === undefined ? profile : flooredProfile(profile, map, floor), map, context.presentations, context.seed)
    : statSel(judgements, map, draws, context.seed, arm.keepJudgedCorrect);
  if (selection.rows.length === 0) throw emptyProfile(arm);
  return selection;
}

/** Whose profile an arm draws by. `byRate`: there are only rates, no judgements. */
function basis(arm: ArmSpec, context: ArmContext, map: SkillMap): Pick<ArmContext, 'profile' | 'judgements'> & { byRate?: boolean } {
  switch (arm.kind) {
    case 'shuffled':
      return shuffledContext(context, map);
    case 'other-student':
      return needed(arm, context.other, 'the profile of another student');
    case 'oracle':
      return { profile: needed(arm, context.oracle, 'true error rates'), judgements: [], byRate: true };
    case 'uniform':
      return { profile: uniformProfile(map), judgements: [], byRate: true };
    default:
      return arm.keepJudgedCorrect ? { ...context, profile: recountedProfile(context.profile, context.judgements, { keepJudgedCorrect: true }) } : context;
  }
}

function needed<T>(arm: ArmSpec, value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw new StudioError('stat-arm-needs', `The arm "${arm.name}" needs ${what}.`, { remedy: 'Provide it, or leave the arm out.' });
}

/** Rows a training shows its student: as many as the set says, else steps times rows a step. */
export function presentations({ steps, batch }: { steps: number; batch: number }, set?: TrainingSet): number {
  return set?.presented ?? steps * batch;
}

/** Positions into `set.rows`, one a presentation: whole seeded shuffles of the set, the last one cut short. */
export function presentationOrder(set: TrainingSet, presentations: number, seed: number): number[] {
  if (set.rows.length === 0) throw new RangeError('presentationOrder: the training set is empty');
  const order: number[] = [];
  for (let epoch = 0; order.length < presentations; epoch++) {
    const positions = new Random(seed, 'order', epoch).shuffle(set.rows.map((_, position) => position));
    for (const position of positions.slice(0, presentations - order.length)) order.push(position);
  }
  return order;
}

function unweighted(rows: number[]): TrainingSet {
  return { rows, weights: new Array<number>(rows.length).fill(1) };
}

function mainSkillRows(pool: readonly Question[]): Map<string, number[]> {
  const classes = new Map<string, number[]>();
  pool.forEach((question, index) => {
    const skill = mainSkill(question);
    if (skill === undefined) return;
    const rows = classes.get(skill);
    if (rows) rows.push(index);
    else classes.set(skill, [index]);
  });
  return classes;
}

/** The same profile pinned to other skills: only names the pool can serve trade places, so the control loses no draws. */
function shuffledContext(context: ArmContext, map: SkillMap): Pick<ArmContext, 'profile' | 'judgements'> {
  const listed = context.profile.entries.map((entry) => entry.skill).filter((skill) => map.has(skill));
  const images = permutedSkills(listed, context.seed);
  const rename = (skill: string): string => images.get(skill) ?? skill;
  return {
    profile: { ...context.profile, entries: context.profile.entries.map((e) => ({ ...e, skill: rename(e.skill) })) },
    judgements: context.judgements.map((j) => ({ ...j, missing: j.missing.map(rename) })),
  };
}

function emptyProfile(arm: ArmSpec): StudioError {
  return new StudioError('stat-empty-profile', `The arm "${arm.name}" has nothing to select: no missing skill has pool rows.`, {
    remedy: 'Use more validation questions, or label the pool with the skills of the profile.',
  });
}

function badArm(arm: ArmSpec, what: string): StudioError {
  return new StudioError('stat-bad-arm', `The arm "${arm.name}" cannot be built: ${what}.`);
}
