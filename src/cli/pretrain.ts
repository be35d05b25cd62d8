/** `pretrain`: makes the students that are shipped. Gives a fresh student a world's uneven past, and writes its folder. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { elapsed, formatDuration } from '../core/clock';
import { StudioError } from '../core/errors';
import { worldById } from '../data/worlds';
import { studentToFiles } from '../model/student';
import { freshStudent } from '../studio/freshStudent';
import { decodeCheckpoint, encodeCheckpoint } from '../train/checkpoint';
import { encodeExample } from '../train/example';
import { Trainer } from '../train/trainer';
import type { StepMetrics, TrainOptions } from '../train/types';
import type { Command, Result } from './command';
import { claimFolder, readIfThere, writeFiles, writeWhole } from './folders';
import { openNodeEngine } from './nodeEngine';

const CHECKPOINT_EVERY = 100;
const CHECKPOINT = 'checkpoint.bin';
const BATCH = 32;

/** What the students of every world were made with. */
function pretrainOptions(steps: number, seed: number): TrainOptions {
  return {
    steps, batch: BATCH, learningRate: 3e-3, warmup: 100, schedule: 'cosine', finalShare: 0.05, weightDecay: 0.05, clip: 1,
    beta1: 0.9, beta2: 0.98, epsilon: 1e-8, seed, mean: 'example',
  };
}

export const pretrainCommand: Command = {
  name: 'pretrain',
  summary: "Makes a world's student: a fresh one, given its uneven past (hours on a software adapter).",
  usage: 'pretrain --world A|B1 --seed 0 --out DIR [--steps 4000] [--resume]',
  options: {
    world: { type: 'string' }, seed: { type: 'string' }, out: { type: 'string' }, steps: { type: 'string' }, resume: { type: 'boolean' },
  },
  async run(given, { terminal, signal }): Promise<Result> {
    const world = worldById(given.choice('world', ['A', 'B1'] as const));
    const seed = given.integer('seed', 0);
    const steps = given.integer('steps', 4000, 1);
    const out = given.needed('out');
    await claimFolder(out, given.flag('resume'));
    const engine = await openNodeEngine(given, terminal);

    const student = await freshStudent(`world ${world.id}, seed ${seed}`, world, seed);
    const rows = world.pretraining(seed, steps * BATCH);
    const examples = rows.map((row) => encodeExample(student, row.question, row.answer));
    const order = examples.map((_, position) => position); // drawn independently already; each is seen once
    const kept = await readIfThere(join(out, CHECKPOINT));
    const from = kept && decodeCheckpoint(kept);
    if (from) terminal.note(`Going on after step ${from.step}.`);
    const trainer = await Trainer.create(engine, student, pretrainOptions(steps, seed), examples, order, from);
    const start = { step: trainer.step, at: elapsed() };
    const onStep = ({ step, loss, tokens, msPerStep }: StepMetrics) => {
      const left = ((elapsed() - start.at) / 1000 / (step - start.step)) * (steps - step);
      const rate = Math.round(tokens / (msPerStep / 1000));
      terminal.progress(`step ${step}/${steps}  loss ${loss.toFixed(4)}  ${rate} tokens/s  ${formatDuration(left)} left`);
    };
    while (trainer.step < steps && !signal.aborted) {
      await trainer.run(Math.min(steps, trainer.step + CHECKPOINT_EVERY), onStep, signal);
      await writeWhole(join(out, CHECKPOINT), encodeCheckpoint(await trainer.checkpoint()));
    }
    if (trainer.step < steps) {
      throw new StudioError('cancelled', `Stopped after step ${trainer.step} of ${steps}.`, {
        kept: `"${out}" holds the checkpoint.`,
        remedy: 'The same command with --resume goes on from there.',
      });
    }

    const { losses, tokens } = await trainer.checkpoint();
    const tail = losses.slice(-Math.min(100, losses.length));
    const manifest = {
      command: `pretrain --world ${world.id} --seed ${seed} --steps ${steps}`,
      world: world.id, seed, steps, tokens,
      finalLoss: tail.reduce((sum, loss) => sum + loss, 0) / tail.length,
      finalLossOver: tail.length,
      adapter: engine.report.description,
      commit: await commitId(),
    };
    await writeFiles(out, await studentToFiles(student, await trainer.params()));
    await writeWhole(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(join(out, CHECKPOINT));
    trainer.dispose();
    return { json: manifest, text: `The student of ${student.name} is in ${out}: ${tokens} tokens, loss ${manifest.finalLoss.toFixed(4)}.` };
  },
};

/** The commit the sources are at, with a mark if they were changed since; undefined outside a checkout. */
async function commitId(): Promise<string | undefined> {
  const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: process.env.STAT_ROOT })).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'shaders');
    return (await git('rev-parse', 'HEAD')) + (changed ? '+changes' : '');
  } catch {
    return undefined;
  }
}
