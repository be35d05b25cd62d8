/** The arms in plain words. */
import type { ArmKind } from '../../stat/types';

export interface ArmWords {
  title: string;
  /** What the arm does, in a sentence or two. */
  does: string;
  /** Not a method to use, but what a method is measured against. */
  control: boolean;
}

const WORDS: Record<ArmKind, ArmWords> = {
  base: { title: 'Base', does: 'The student as it came. Nothing is trained.', control: true },
  sft: {
    title: 'Plain fine-tuning',
    does: 'Trains on the pool as it is, in its own proportions. What anyone would try first.',
    control: true,
  },
  balanced: {
    title: 'Class-balanced',
    does: 'Draws every skill equally often, whatever the diagnosis said. If this does as well, the diagnosis was not needed.',
    control: true,
  },
  shuffled: {
    title: 'Shuffled profile',
    does:
      'The same method with the skill names mixed up, so it practises the wrong gaps. If this does as well, the right ' +
      'profile was not the cause.',
    control: true,
  },
  'stat-sel': {
    title: 'STAT-Sel',
    does:
      'For every missing skill of every difficult question, draws pool questions that need that skill. Rows that serve ' +
      'many gaps come up often.',
    control: false,
  },
  'stat-sel-replay': {
    title: 'STAT-Sel with replay',
    does: 'The same rows with ordinary ones mixed in, so that what the student already knows is not forgotten.',
    control: false,
  },
  'stat-sel-weighted': {
    title: 'STAT-Sel, weighted loss',
    does: 'The rows STAT-Sel drew, each once; how often it was drawn becomes its weight in the loss.',
    control: false,
  },
  reweighted: {
    title: 'Weights by hand',
    does: 'Draws pool rows in proportion to how much you said each skill should count.',
    control: false,
  },
  grpo: {
    title: 'GRPO',
    does:
      'Reinforcement on the student’s own graded answers: of a group of answers to one question, those better than the ' +
      'group’s mean become likelier. It reads no profile and no worked answers.',
    control: false,
  },
  random: {
    title: 'Random rows',
    does: 'As many rows as STAT-Sel draws, taken blindly. If this does as well, any practice would.',
    control: true,
  },
  uniform: {
    title: 'Every skill alike',
    does: 'Draws by a profile in which every skill is missing equally: it ignores the student.',
    control: true,
  },
  'shuffled-map': {
    title: 'Shuffled labels',
    does: 'STAT-Sel on a pool whose labels were dealt out at random, so a skill’s rows do not need it.',
    control: true,
  },
  'other-student': {
    title: 'Another student’s profile',
    does: 'STAT-Sel by the diagnosis of a different student. If this does as well, the diagnosis need not be one’s own.',
    control: true,
  },
  oracle: {
    title: 'Oracle profile (a cheat)',
    does:
      'Draws by the true error rates, from hidden labels that only a built-in world has: the most that a better teacher could ' +
      'give. Nobody can do this on real data.',
    control: true,
  },
  hard: {
    title: 'Hard rows',
    does: 'Only the harder part of the pool, by the student’s own loss on each row, whatever skills it needs.',
    control: true,
  },
  'embed-sel': {
    title: 'Nearest questions',
    does: 'The pool questions most like the failed ones, by sentence embeddings. Similar is not the same as needed.',
    control: true,
  },
  'stat-syn': {
    title: 'STAT-Syn',
    does:
      'For every missing skill of every difficult question the teacher reads three pool questions that need it and writes a new ' +
      'one; what its own solutions do not agree on is dropped.',
    control: false,
  },
  'embed-syn': {
    title: 'New ones like the nearest',
    does: 'The teacher writes new questions after those most like the failed ones, with no skill named.',
    control: true,
  },
  augment: {
    title: 'Answers told anew',
    does: 'Pool questions with answers the teacher rewrote: more variety, no diagnosis.',
    control: true,
  },
  'pool-weighted': {
    title: 'Weighted pool',
    does:
      'The whole pool in its own proportions, with the profile as loss weight. Kept to show why it fails where missing ' +
      'skills are rare.',
    control: false,
  },
};

export function armWords(kind: ArmKind): ArmWords {
  return WORDS[kind];
}

/** What an arm is called: what its kind does, and its name where a person gave it one of its own. */
export function armTitle({ name, kind }: { name: string; kind: ArmKind }): string {
  return name === kind ? WORDS[kind].title : `${WORDS[kind].title}, ${name}`;
}

/** The same of a run or a result. */
export function runTitle({ arm, kind }: { arm: string; kind: ArmKind }): string {
  return armTitle({ name: arm, kind });
}

/** Arms drawn or written by the teacher's verdicts on this student. */
export const READS_VERDICTS: ReadonlySet<ArmKind> = new Set([
  'stat-sel', 'stat-sel-replay', 'stat-sel-weighted', 'stat-syn', 'pool-weighted', 'shuffled', 'shuffled-map', 'random',
]);
