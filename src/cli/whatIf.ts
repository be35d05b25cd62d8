/** `what-if`: what other weights would make of the practice, and what they should change, before anything is trained. */
import { StudioError } from '../core/errors';
import * as v from 'valibot';
import { effectiveSampleSize } from '../stat/select';
import { factorWeights, predictedChange, weightShares, type SkillFactors } from '../stat/whatIf';
import { measureAlignment, ROWS_A_SKILL } from '../studio/alignment';
import { randomFactors, runTrials } from '../studio/trials';
import type { TrainOptions } from '../train/types';
import type { Command, Given, Result } from './command';
import { readStudent } from './folders';
import { openNodeEngine } from './nodeEngine';
import { readQuestions } from './questions';

const Factors = v.record(v.string(), v.pipe(v.number(), v.minValue(0), v.maxValue(1000)));
const TOP_ROWS = 10;

export const whatIfCommand: Command = {
  name: 'what-if',
  summary: 'What other skill weights would change: the practice at once, the effect by gradients, and by short runs if asked.',
  usage: 'what-if --student DIR --data POOL.jsonl [--weights \'{"skill": 3}\'] [--rows 32]'
    + ' [--trials N --probe F.jsonl [--steps 20] [--batch 32] [--lr 3e-4]] [--seed N]',
  options: {
    student: { type: 'string' }, data: { type: 'string' }, weights: { type: 'string' }, rows: { type: 'string' }, trials: { type: 'string' },
    probe: { type: 'string' }, steps: { type: 'string' }, batch: { type: 'string' }, lr: { type: 'string' }, seed: { type: 'string' },
  },
  async run(given, { terminal, signal }): Promise<Result> {
    const student = await readStudent(given.needed('student'));
    const { questions: pool } = await readQuestions(given.needed('data'), terminal);
    const factors = readFactors(given);
    const trials = given.integer('trials', 0, 0, 1000);
    const probe = trials > 0 ? (await readQuestions(given.needed('probe'), terminal)).questions : [];
    const engine = await openNodeEngine(given, terminal);
    const alignment = await measureAlignment(engine, student, pool, given.integer('rows', ROWS_A_SKILL, 1), (done, all) =>
      terminal.progress(`gradient of skill ${done}/${all}`));
    const weights = factorWeights(pool, factors);
    const [before, after] = [weightShares(pool, factorWeights(pool, {})), weightShares(pool, weights)];
    const predicted = predictedChange(alignment, before, after);
    const skills = alignment.skills.map((skill) => ({
      skill, before: before.get(skill) ?? 0, after: after.get(skill) ?? 0, predictedPerStep: predicted.get(skill) ?? 0,
    }));
    const gaining = weights.map((weight, row) => ({ question: pool[row].question, weight })).sort((a, b) => b.weight - a.weight).slice(0, TOP_ROWS);
    const options = trainOptions(given);
    const tried = trials === 0 ? undefined : await runTrials(
      engine, student, pool, probe, alignment, Array.from({ length: trials }, (_, i) => randomFactors(alignment.skills, options.seed, i)), options,
      (done, all) => terminal.progress(`short run ${done}/${all}`), signal,
    );
    const lines = skills.map(({ skill, before: was, after: is, predictedPerStep }) =>
      `  ${skill.padEnd(24)} ${(100 * was).toFixed(1).padStart(5)} % -> ${(100 * is).toFixed(1).padStart(5)} %   ${predictedPerStep.toExponential(1)}`);
    return {
      json: { skills, effectiveSampleSize: effectiveSampleSize(weights), rows: pool.length, gaining, alignment, ...(tried ? { options, ...tried } : {}), adapter: engine.report.description },
      text: `Effective sample size ${Math.round(effectiveSampleSize(weights))} of ${pool.length} rows. Share of the practice and predicted change of the loss a unit of rate:\n`
        + `${lines.join('\n')}${tried ? `\nPredicted against ${trials} short runs: Spearman ${tried.meanCorrelation?.toFixed(2)} a run, ${tried.pooledCorrelation?.toFixed(2)} together.` : ''}`,
    };
  },
};

function readFactors(given: Given): SkillFactors {
  try {
    return v.parse(Factors, JSON.parse(given.text('weights') ?? '{}'));
  } catch (cause) {
    throw new StudioError('cli-arguments', '--weights must be a JSON object of skills and how much each counts, from 0 to 1,000.', { cause });
  }
}

function trainOptions(given: Given): TrainOptions {
  return {
    steps: given.integer('steps', 20, 1), batch: given.integer('batch', 32, 1), learningRate: given.number('lr', 3e-4), warmup: 0,
    schedule: 'constant', finalShare: 1, weightDecay: 0, clip: 1, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, seed: given.integer('seed', 0), mean: 'example',
  };
}
