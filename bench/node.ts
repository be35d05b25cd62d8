/** The bench in Node, on any device of the command line: how cost grows, answers at once, weights in the loss, and beside PyTorch. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { elapsed } from '../src/core/clock';
import { Given } from '../src/cli/command';
import { readStudent } from '../src/cli/folders';
import { openNodeEngine } from '../src/cli/nodeEngine';
import { selftestCommand } from '../src/cli/selftest';
import { openTerminal } from '../src/cli/terminal';
import { timeProducts } from '../src/gpu/ceilings';
import type { Engine } from '../src/gpu/device';
import { Generator } from '../src/train/generate';
import { MAX_TOKENS, STUDENT } from './answers';
import { parametersOf, SIZES, stepGflop } from './models';
import { measureScaling, timedStep } from './scaling';

interface Asked {
  mode: 'scaling' | 'generation' | 'weights' | 'step';
  gpu?: string;
  rounds: number;
  axis: string;
  /** The first value of the axis. */
  from: number;
  size: string;
  products: number[];
}

const terminal = openTerminal(process.stderr);
const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** 64 answers of one length at once, and one at a time, in turn: tokens a second. */
async function generation(engine: Engine, rounds: number): Promise<object> {
  const student = await readStudent(join(process.env.STAT_ROOT ?? '.', 'public/students', STUDENT));
  // Nobody stops early: all answers are as long as the limit.
  const endless = { ...student, config: { ...student.config, eosIds: [] } };
  const [maxTokens, prompt] = [MAX_TOKENS, student.tokenizer.encode('12+34=')];
  const time = async (slots: number) => {
    const generator = await Generator.create(engine, endless, endless.params, { slots, context: prompt.length + maxTokens });
    const answer = async () => {
      const since = elapsed();
      const answers = await generator.answer(Array.from({ length: slots }, () => prompt), { maxTokens, temperature: 0, seed: 0 });
      return answers.reduce((sum, { ids }) => sum + ids.length, 0) / ((elapsed() - since) / 1000);
    };
    await answer();
    return { answer, generator };
  };
  const [many, one] = [await time(64), await time(1)];
  const rates: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    rates[0].push(await many.answer());
    rates[1].push(await one.answer());
  }
  for (const { generator } of [many, one]) generator.dispose();
  const [at64, at1] = rates.map(median);
  return { student: STUDENT, maxTokens, tokensPerSecond: { 64: at64, 1: at1 }, ratio: median(rates[0].map((rate, i) => rate / rates[1][i])) };
}

/** A step with all weights 1 and one with weights from 0 to 7, in turn; the ratio is the median of the pairs'. */
async function weights(engine: Engine, rounds: number): Promise<object> {
  const [plain, weighted] = [await timedStep(engine, SIZES.bench), await timedStep(engine, SIZES.bench, (row) => row)];
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const pair = [await plain.step(), await weighted.step()];
    // On the processor its own time counts: other work on the machine hardly changes that.
    if (round > 0) pair.forEach(({ ms, processorMs }, i) => times[i].push(engine.report.kind === 'processor' ? processorMs : ms));
  }
  const best = times.map((list) => Math.min(...list));
  return { best: { plain: best[0], weighted: best[1] }, median: { plain: median(times[0]), weighted: median(times[1]) }, ratio: median(times[1].map((ms, i) => ms / times[0][i])) };
}

/** One model's step and square products, for setting beside another engine's. */
async function step(engine: Engine, { size: name, rounds, products }: Asked): Promise<object> {
  const size = SIZES[name];
  const timed = await timedStep(engine, size);
  await timed.step();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await timed.step()).ms);
  const ms = median(times);
  await timed.programs.dispose();
  const matmul = [];
  for (const side of products) {
    const best = Math.min(...(await timeProducts(engine, side)));
    matmul.push({ size: side, gflops: (2 * side ** 3) / best / 1e6 });
  }
  return {
    size: { name, ...size }, parameters: parametersOf(size), gflop: stepGflop(size), ms, bestMs: Math.min(...times),
    tokensPerSecond: (1000 * size.batch * size.context) / ms, matmul,
  };
}

async function main(file: string): Promise<void> {
  const asked = JSON.parse(await readFile(file, 'utf8')) as Asked;
  const engine = await openNodeEngine(new Given(selftestCommand, { gpu: asked.gpu }, []), terminal);
  const print = (found: object) => process.stdout.write(`${JSON.stringify({ device: engine.report, ...found })}\n`);
  if (asked.mode === 'scaling') {
    for await (const point of measureScaling(engine, asked.rounds, asked.axis, asked.from)) {
      const { value, tokensPerSecond, ratio, ratioOfProcessorTime, priced, load } = point;
      terminal.note(`${asked.axis} ${value}: ${Math.round(tokensPerSecond)} tokens/s, ${ratio.toFixed(2)} of predicted${
        ratioOfProcessorTime ? ` (${ratioOfProcessorTime.toFixed(2)} by processor time)` : ''}, ${priced.toFixed(2)} by parts, load ${load.toFixed(1)}`);
      print({ point });
    }
    return;
  }
  const measure = {
    generation: () => generation(engine, asked.rounds),
    weights: () => weights(engine, asked.rounds),
    step: () => step(engine, asked),
  }[asked.mode];
  print(await measure());
}

await main(process.argv[2]);
process.exit(0);
