/** What one arm of an experiment stands for: several rounds, several shares of ordinary rows. Pure. */
import type { ArmSpec } from './types';

/** Each arm of several rounds as one arm a round, each from the student of the one before. */
export function expandRounds(arms: readonly ArmSpec[]): ArmSpec[] {
  return arms.flatMap(({ rounds = 1, ...arm }) => Array.from({ length: rounds }, (_, i): ArmSpec => {
    const name = (round: number) => (round === 0 ? arm.name : `${arm.name}+round${round + 1}`);
    return i === 0 ? arm : { ...arm, name: name(i), from: name(i - 1) };
  }));
}

/** One arm a share of ordinary rows; `replays` says that several are tried. */
export function variantsOf(arm: ArmSpec): ArmSpec[] {
  return arm.replays?.length ? [...new Set(arm.replays)].map((replay) => ({ ...arm, replay })) : [arm];
}

/** An arm's name with its share of ordinary rows, where several are tried. */
export function variantName(arm: string, replay?: number): string {
  return replay === undefined ? arm : `${arm}~${replay}`;
}

/** Whether an arm's set waits until another arm's student is trained and diagnosed. */
export function startsLater({ kind, from }: ArmSpec): boolean {
  return kind !== 'grpo' && from !== undefined && from !== 'base';
}

/** Under which the training set of a run is stored: its arm's, or the one with its share of ordinary rows. */
export function trainingSetKey({ projectId, arm, replay }: { projectId: string; arm: string; replay?: number }): string {
  return `${projectId}/${variantName(arm, replay)}`;
}
