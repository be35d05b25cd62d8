/** Does the predicted effect of a reweighting hold? Short runs from one student, on the same seed, each with its own weights. */
import { spearman } from '../core/correlation';
import { Random } from '../core/random';
import type { Question } from '../data/types';
import type { Engine } from '../gpu/device';
import { sourcesOf } from '../model/tensorSource';
import type { Student } from '../model/types';
import { presentations } from '../stat/arms';
import { mainSkill } from '../stat/skills';
import { factorWeights, predictedChange, weightedDraws, weightShares, type SkillFactors } from '../stat/whatIf';
import { answerValues, CAPACITY_STEP, microBatches, packRibbon } from '../train/batch';
import { encodeExample, type Example } from '../train/example';
import { Scorer } from '../train/scorer';
import { Trainer } from '../train/trainer';
import type { TrainOptions } from '../train/types';
import type { MeasuredAlignment } from './alignment';

export interface Trial {
  factors: SkillFactors;
  /** By skill: predicted change of its loss against even weights (nats), and the one short runs made. */
  skills: { skill: string; predicted: number; actual: number }[];
  /** Spearman of the two over skills. */
  correlation?: number;
}

export interface Trials {
  trials: Trial[];
  /** Mean of the trials' correlations, and the correlation over all skills of all trials together. */
  meanCorrelation?: number;
  pooledCorrelation?: number;
}

/** Random weights: each skill's factor is e^(σ·normal), σ = 1.2, so that some count a tenth and some ten times as much. */
export function randomFactors(skills: readonly string[], seed: number, trial: number): SkillFactors {
  const random = new Random(seed, 'what-if', trial);
  return Object.fromEntries(skills.map((skill) => [skill, Math.exp(1.2 * random.normal())]));
}

/**
 * @param probe questions whose loss by main skill is compared; not those trained on.
 * @param options.steps of each short run; every run sees `steps · batch` rows.
 */
export async function runTrials(
  engine: Engine, student: Student, pool: readonly Question[], probe: readonly Question[], alignment: MeasuredAlignment, all: readonly SkillFactors[],
  options: TrainOptions, onTrial: (done: number, of: number) => void = () => {}, signal?: AbortSignal,
): Promise<Trials> {
  const examples = pool.map(({ question, answer }) => encodeExample(student, question, answer));
  const groups = alignment.skills.map((skill) => probe.filter((question) => mainSkill(question) === skill)
    .map(({ question, answer }) => encodeExample(student, question, answer)));
  const run = async (factors: SkillFactors): Promise<number[]> => {
    const order = weightedDraws(factorWeights(pool, factors), presentations(options), options.seed);
    const trainer = await Trainer.create(engine, student, options, examples, order);
    await trainer.run(options.steps, () => {}, signal);
    signal?.throwIfAborted();
    const params = sourcesOf(await trainer.params());
    trainer.dispose();
    return lossesOf(engine, { ...student, params }, groups);
  };
  const even = await run({});
  const evenShares = weightShares(pool, factorWeights(pool, {}));
  const trials: Trial[] = [];
  for (const factors of all) {
    const after = await run(factors);
    // The peak rate times the steps: about how far AdamW goes, and the same for every skill.
    const reach = options.learningRate * options.steps;
    const predicted = predictedChange(alignment, evenShares, weightShares(pool, factorWeights(pool, factors)));
    const skills = alignment.skills.flatMap((skill, i) => (groups[i].length === 0 ? [] : [{
      skill, predicted: reach * (predicted.get(skill) ?? 0), actual: after[i] - even[i],
    }]));
    trials.push({ factors, skills, correlation: correlationOf(skills) });
    onTrial(trials.length, all.length);
  }
  const known = trials.flatMap(({ correlation }) => correlation ?? []);
  return {
    trials,
    meanCorrelation: known.length > 0 ? known.reduce((sum, one) => sum + one, 0) / known.length : undefined,
    pooledCorrelation: correlationOf(trials.flatMap(({ skills }) => skills)),
  };
}

function correlationOf(skills: Trial['skills']): number | undefined {
  return spearman(skills.map(({ predicted }) => predicted), skills.map(({ actual }) => actual));
}

/** Mean loss an answer token, nats, of each group; 0 for an empty one. */
async function lossesOf(engine: Engine, student: Student, groups: readonly (readonly Example[])[]): Promise<number[]> {
  const micros = groups.map((group) => microBatches(group));
  const largest = Math.max(...micros.flat().map((micro) => micro.reduce((sum, { ids }) => sum + ids.length, 0)));
  const scorer = await Scorer.create(engine, student, Math.ceil(largest / CAPACITY_STEP) * CAPACITY_STEP);
  const losses: number[] = [];
  for (const group of micros) {
    let [sum, count] = [0, 0];
    for (const micro of group) {
      for (const values of answerValues(micro, await scorer.score(packRibbon(micro, micro.map(() => 1))))) {
        sum += values.reduce((a, b) => a + b, 0);
        count += values.length;
      }
    }
    losses.push(sum / Math.max(1, count));
  }
  await scorer.dispose();
  return losses;
}
