/** Several seeds of one experiment: each arm's mean with its interval, and every seed's difference to plain SFT. */
import { summarise, type SeedSummary } from '../stat/report';
import type { ArmKind } from '../stat/types';
import type { ArmReport, ProjectReport } from './report';

export interface ArmSummary {
  arm: string;
  kind: ArmKind;
  /** Accuracy by set, over the seeds. */
  accuracy: { set: string; over: SeedSummary }[];
  /** Against the untouched student and against plain SFT, on the test set, in shares. */
  minusBase: SeedSummary;
  minusSft?: SeedSummary;
  /** Mean over skills on the test set. */
  missing?: SeedSummary;
  known?: SeedSummary;
  tokens: SeedSummary;
  learningRates: { seed: number; learningRate?: number }[];
}

export interface ExperimentReport {
  seeds: number[];
  arms: ArmSummary[];
  /** Spearman of the profile's missing rate with the true error rate by skill, each seed. */
  agreement: SeedSummary;
  projects: ProjectReport[];
}

/** `projects` share their arms and differ in their seeds. */
export function experimentReport(projects: readonly ProjectReport[]): ExperimentReport {
  const over = (value: (project: ProjectReport) => number | undefined): SeedSummary =>
    summarise(projects.flatMap((project) => {
      const found = value(project);
      return found === undefined ? [] : [{ seed: project.seed, value: found }];
    }));
  const arms = (projects[0]?.arms ?? []).map(({ arm: name, kind, sets }): ArmSummary => {
    const mine = (project: ProjectReport) => project.arms.find((arm) => arm.arm === name);
    const optional = (value: (arm: ArmReport) => number | undefined) => {
      const summary = over((project) => valueOf(mine(project), value));
      return summary.seeds.length > 0 ? summary : undefined;
    };
    return {
      arm: name, kind,
      accuracy: sets.map(({ set }) => ({ set, over: over((project) => valueOf(mine(project), (arm) => accuracyOn(arm, set))) })),
      minusBase: over((project) => valueOf(mine(project), (arm) => arm.sets.find(({ set }) => set === 'test')?.counts.difference)),
      minusSft: kind === 'base' || kind === 'sft' ? undefined : differenceToSft(projects, name),
      missing: optional((arm) => arm.missing?.after),
      known: optional((arm) => arm.known?.after),
      tokens: over((project) => valueOf(mine(project), (arm) => arm.tokens)),
      learningRates: projects.map((project) => ({ seed: project.seed, learningRate: mine(project)?.learningRate })),
    };
  });
  return { seeds: projects.map(({ seed }) => seed), arms, agreement: over((project) => project.agreement.rate), projects: [...projects] };
}

function differenceToSft(projects: readonly ProjectReport[], name: string): SeedSummary | undefined {
  const seeds = projects.flatMap((project) => {
    const mine = valueOf(project.arms.find((arm) => arm.arm === name), (arm) => accuracyOn(arm, 'test'));
    const sft = valueOf(project.arms.find((arm) => arm.kind === 'sft'), (arm) => accuracyOn(arm, 'test'));
    return mine === undefined || sft === undefined ? [] : [{ seed: project.seed, value: mine - sft }];
  });
  return seeds.length > 0 ? summarise(seeds) : undefined;
}

function accuracyOn(arm: ArmReport, wanted: string): number | undefined {
  return arm.sets.find(({ set }) => set === wanted)?.counts.after;
}

function valueOf<T>(found: T | undefined, value: (found: T) => number | undefined): number | undefined {
  return found === undefined ? undefined : value(found);
}
