/** `train`: fine-tunes a student on a file of questions and answers. Writes a student folder, or an adapter's where only that is trained. */
import { basename, join } from 'node:path';
import { elapsed, formatDuration } from '../core/clock';
import { StudioError } from '../core/errors';
import type { Question } from '../data/types';
import type { Engine } from '../gpu/device';
import { loadGrader } from '../grade/graders';
import { RUN_FILE, type RunRecord } from '../model/export/card';
import { exportStudent } from '../model/export/student';
import { sourcesOf } from '../model/tensorSource';
import type { Student } from '../model/types';
import { presentationOrder, presentations } from '../stat/arms';
import { anchorsEach, anchorsFrom, DEFAULT_KL_SHARE } from '../studio/anchors';
import type { Anchors } from '../train/anchors';
import { encodeExample } from '../train/example';
import { gigabytes } from '../train/room';
import { Trainer, trainingPlan } from '../train/trainer';
import type { StepMetrics, TrainOptions } from '../train/types';
import { ADAPTER_OPTIONS, ADAPTER_USAGE, addAdapter } from './adapterOptions';
import type { Command, Context, Given, Result } from './command';
import { claimFolder, writePieces } from './folders';
import { MEMORY_OPTIONS, MEMORY_USAGE, memoryReport, methodOf, roomOf } from './memoryReport';
import { openNodeEngine } from './nodeEngine';
import { readQuestions } from './questions';
import { namedStudent, STUDENT_OPTIONS } from './student';

export const trainCommand: Command = {
  name: 'train',
  summary: 'Fine-tunes a student on a file of questions and answers, each with its weight in the loss.',
  usage: 'train --student DIR --data F.jsonl --out DIR --steps N --batch N --lr X --seed N [--weight-field weight]'
    + ' [--warmup N] [--schedule linear|cosine|constant] [--final-share X] [--decay X] [--clip X] [--mean example|token]'
    + ' [--kl X [--kl-share 0.33] [--kl-data F.jsonl] [--grader final]]'
    + ` [${ADAPTER_USAGE} | --adapter DIR] [--base f32|f16|q8|q4] ${MEMORY_USAGE} [--dry-run]`,
  options: {
    ...STUDENT_OPTIONS, data: { type: 'string' }, out: { type: 'string' }, steps: { type: 'string' }, batch: { type: 'string' },
    lr: { type: 'string' }, seed: { type: 'string' }, 'weight-field': { type: 'string' }, warmup: { type: 'string' },
    schedule: { type: 'string' }, 'final-share': { type: 'string' }, decay: { type: 'string' }, clip: { type: 'string' },
    mean: { type: 'string' }, kl: { type: 'string' }, 'kl-share': { type: 'string' }, 'kl-data': { type: 'string' }, grader: { type: 'string' },
    'dry-run': { type: 'boolean' }, ...ADAPTER_OPTIONS, ...MEMORY_OPTIONS,
  },
  async run(given, context): Promise<Result> {
    const { terminal, signal } = context;
    const student = await namedStudent(given);
    const { questions, skipped } = await readQuestions(given.needed('data'), terminal, given.text('weight-field'));
    const options = trainOptions(given);
    addAdapter(given, student, options.seed);
    const dry = given.flag('dry-run');
    const out = dry ? '' : given.needed('out');
    if (!dry) await claimFolder(out, false);
    const examples = questions.map((row) => encodeExample(student, row.question, row.answer, row.weight));
    const engine = await openNodeEngine(given, terminal);
    const set = { rows: examples.map((_, row) => row), weights: examples.map((example) => example.weight) };
    const order = presentationOrder(set, presentations(options), options.seed);
    engine.room = roomOf(given, engine.room);
    const anchors = await anchorsOfCall(given, engine, student, questions, options, context);
    const own = { ...options, batch: options.batch - (anchors?.each ?? 0) };
    if (dry) return memoryReport(engine.shape, trainingPlan(engine, student, own, examples, order, anchors), engine.room);
    engine.watchPeak();
    const trainer = await Trainer.create(engine, student, own, examples, order, undefined, anchors);

    const losses: number[] = [];
    const divergence: number[] = [];
    let tokens = 0;
    const startedAt = elapsed();
    await trainer.run(options.steps, (metrics: StepMetrics) => {
      losses.push(metrics.loss);
      if (metrics.kl !== undefined) divergence.push(metrics.kl);
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
    const params = await trainer.params();
    const { adapter } = student;
    const record: RunRecord = {
      student: student.name, data: basename(given.needed('data')), rows: questions.length, options: { ...options }, tokens,
      firstLoss: losses[0], lastLoss: losses[losses.length - 1], device: engine.report.description,
    };
    student.files.set(RUN_FILE, `${JSON.stringify(record, null, 2)}\n`);
    const trained = adapter ? { ...student, adapter: { ...adapter, params } } : { ...student, params: sourcesOf(params) };
    for (const [name, pieces] of exportStudent(trained, adapter ? 'peft' : 'safetensors')) await writePieces(join(out, name), pieces);
    trainer.dispose();
    const json = {
      losses, tokens, seconds, tokensPerSecond: tokens / seconds, steps: options.steps, rows: questions.length, skipped, options, lora: adapter?.settings,
      ...(anchors && { kl: { weight: anchors.kl, each: anchors.each, anchors: anchors.rows.length, divergence } }),
      adapter: engine.report.description, memory: { estimate: trainer.estimate, peak: engine.allocated.peak }, out,
    };
    const loss = losses.at(-1) ?? NaN;
    return { json, text: `${options.steps} steps, last loss ${loss.toFixed(4)}, ${Math.round(json.tokensPerSecond)} tokens/s. It held ${gigabytes(engine.allocated.peak)} of the ${gigabytes(trainer.estimate.total)} planned. The ${adapter ? 'adapter' : 'student'} is in ${out}.` };
  },
};

/** What the run is held to: part of each batch, so that a step costs the same with it and without. */
async function anchorsOfCall(
  given: Given, engine: Engine, student: Student, questions: readonly Question[], { batch, steps, seed }: TrainOptions, { terminal, signal }: Context,
): Promise<Anchors | undefined> {
  const kl = given.number('kl', 0, 0, 1000);
  if (kl === 0) {
    const odd = ['kl-share', 'kl-data'].find((name) => given.text(name) !== undefined);
    if (odd !== undefined) throw new StudioError('cli-arguments', `--${odd} needs --kl.`);
    return undefined;
  }
  if (batch < 2) throw new StudioError('cli-arguments', '--kl needs a batch of at least two rows: one to learn from, one to hold to.');
  const each = anchorsEach(batch, given.number('kl-share', DEFAULT_KL_SHARE, 0, 1));
  const file = given.text('kl-data');
  const ordinary = file === undefined ? questions : (await readQuestions(file, terminal)).questions;
  const maxTokens = Math.max(...ordinary.map(({ answer }) => student.tokenizer.encode(answer).length)) + 8;
  terminal.progress('drawing answers to hold the student to');
  return { kl, each, rows: await anchorsFrom(engine, student, ordinary, await loadGrader(given.text('grader')), { wanted: steps * each, maxTokens, seed }, signal) };
}

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
    accumulate: given.integer('accumulate', 1, 1),
    ...methodOf(given),
    mean: given.choice('mean', ['example', 'token'] as const, 'example'),
  };
}
