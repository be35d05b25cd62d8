/** `train`: fine-tunes a student folder on a file of questions and answers, and writes a student folder. */
import { elapsed, formatDuration } from '../core/clock';
import { StudioError } from '../core/errors';
import { studentToFiles } from '../model/student';
import { presentationOrder } from '../stat/arms';
import { encodeExample } from '../train/example';
import { Trainer } from '../train/trainer';
import type { StepMetrics, TrainOptions } from '../train/types';
import type { Command, Given, Result } from './command';
import { claimFolder, readStudent, writeFiles } from './folders';
import { openNodeEngine } from './nodeEngine';
import { readQuestions } from './questions';

export const trainCommand: Command = {
  name: 'train',
  summary: 'Fine-tunes a student on a file of questions and answers, each with its weight in the loss.',
  usage: 'train --student DIR --data F.jsonl --out DIR --steps N --batch N --lr X --seed N [--weight-field weight]'
    + ' [--warmup N] [--schedule linear|cosine|constant] [--final-share X] [--decay X] [--clip X] [--mean example|token]',
  options: {
    student: { type: 'string' }, data: { type: 'string' }, out: { type: 'string' }, steps: { type: 'string' }, batch: { type: 'string' },
    lr: { type: 'string' }, seed: { type: 'string' }, 'weight-field': { type: 'string' }, warmup: { type: 'string' },
    schedule: { type: 'string' }, 'final-share': { type: 'string' }, decay: { type: 'string' }, clip: { type: 'string' },
    mean: { type: 'string' },
  },
  async run(given, { terminal, signal }): Promise<Result> {
    const student = await readStudent(given.needed('student'));
    const { questions, skipped } = await readQuestions(given.needed('data'), terminal, given.text('weight-field'));
    const options = trainOptions(given);
    const out = given.needed('out');
    await claimFolder(out, false);
    const examples = questions.map((row) => encodeExample(student, row.question, row.answer, row.weight));
    const engine = await openNodeEngine(given, terminal);
    const set = { rows: examples.map((_, row) => row), weights: examples.map((example) => example.weight) };
    const order = presentationOrder(set, options.steps * options.batch, options.seed);
    const trainer = await Trainer.create(engine, student, options, examples, order);

    const losses: number[] = [];
    let tokens = 0;
    const startedAt = elapsed();
    await trainer.run(options.steps, (metrics: StepMetrics) => {
      losses.push(metrics.loss);
      tokens += metrics.tokens;
      const seconds = (elapsed() - startedAt) / 1000;
      const left = (seconds / losses.length) * (options.steps - losses.length);
      const rate = Math.round(tokens / seconds);
      terminal.progress(`step ${metrics.step}/${options.steps}  loss ${metrics.loss.toFixed(4)}  ${rate} tokens/s  ${formatDuration(left)} left`);
    }, signal);
    const seconds = (elapsed() - startedAt) / 1000;
    if (trainer.step < options.steps) {
      throw new StudioError('cancelled', `Stopped after step ${trainer.step} of ${options.steps}.`, { kept: `Nothing was written to "${out}".` });
    }
    await writeFiles(out, await studentToFiles(student, await trainer.params()));
    trainer.dispose();
    const json = {
      losses, tokens, seconds, tokensPerSecond: tokens / seconds, steps: options.steps, rows: questions.length, skipped, options,
      adapter: engine.report.description, out,
    };
    const loss = losses.at(-1) ?? NaN;
    return { json, text: `${options.steps} steps, last loss ${loss.toFixed(4)}, ${Math.round(json.tokensPerSecond)} tokens/s. The student is in ${out}.` };
  },
};

function trainOptions(given: Given): TrainOptions {
  const steps = given.integer('steps', 200, 1);
  return {
    steps,
    batch: given.integer('batch', 32, 1),
    learningRate: given.number('lr', 8e-4),
    warmup: given.integer('warmup', Math.min(10, steps - 1)),
    schedule: given.choice('schedule', ['linear', 'cosine', 'constant'] as const, 'linear'),
    finalShare: given.number('final-share', 0.05, 0, 1),
    weightDecay: given.number('decay', 0.01),
    clip: given.number('clip', 1),
    beta1: 0.9,
    beta2: 0.98,
    epsilon: 1e-8,
    seed: given.integer('seed', 0),
    mean: given.choice('mean', ['example', 'token'] as const, 'example'),
  };
}
