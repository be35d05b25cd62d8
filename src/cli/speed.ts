/** `profile --student`: where the time and the memory of a student's training step go on this machine. */
import { encodeExample } from '../train/example';
import { profileStep, randomExamples, type StepProfile } from '../train/stepProfile';
import type { Context, Given, Result } from './command';
import { openNodeEngine } from './nodeEngine';
import { readQuestions } from './questions';
import { namedStudent, STUDENT_OPTIONS } from './student';

export const speedUsage = '--student DIR [--adapter DIR] [--data F.jsonl] [--batch 32] [--tokens 1024]';
export const speedOptions = { ...STUDENT_OPTIONS, data: { type: 'string' }, batch: { type: 'string' }, tokens: { type: 'string' } } as const;

/** Options: `--data` and `--batch`, its first rows; or `--tokens`, about so many random ones. */
export async function speed(given: Given, { terminal, signal }: Context): Promise<Result> {
  const student = await namedStudent(given);
  const data = given.text('data');
  const batch = given.integer('batch', 32, 1, 4096);
  const examples = data === undefined
    ? randomExamples(student, given.integer('tokens', 1024, 1, 1 << 20))
    : (await readQuestions(data, terminal)).questions.slice(0, batch).map(({ question, answer }) => encodeExample(student, question, answer));
  const engine = await openNodeEngine(given, terminal);
  const profile = await profileStep(engine, student, examples, (what) => terminal.progress(what), signal);
  return { json: profile, text: textOf(profile) };
}

function textOf({ device, student, batch, step, ceilings, memory, kernels }: StepProfile): string {
  const percent = (share: number | undefined) => (share === undefined ? '' : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`);
  const rate = (value: number | undefined) => (value === undefined ? '' : value.toFixed(value < 10 ? 2 : 1));
  const row = (...cells: (string | number)[]) => cells.map((cell, i) => (i === 0 ? String(cell).padEnd(26) : String(cell).padStart(i === 1 ? 9 : 12))).join('');
  const table = kernels.map(({ name, launches, ms, share, gflops, ofMatmul, gbPerSecond, ofStream }) =>
    row(name, launches, ms.toFixed(3), percent(share), rate(gflops), percent(ofMatmul), rate(gbPerSecond), percent(ofStream)));
  return [
    `${student.name}, ${student.parameters.toLocaleString('en')} trained parameters, on ${device.description}`,
    `${batch.rows} rows, ${batch.tokens} tokens; padding ${percent(batch.padding)} (filled up to the longest row it would be ${percent(batch.paddingToLongest)})`,
    `${step.ms.toFixed(1)} ms a step (median of ${step.steps}), ${Math.round(step.tokensPerSecond)} tokens/s, ${step.gflops.toFixed(1)} GFLOP/s in all,`
      + ` share of the roofline ${percent(step.ofRoofline)}; ${step.dispatches} dispatches; kernels by themselves ${step.kernelMs.toFixed(1)} ms`,
    `Ceilings: product ${ceilings.matmul.gflops.toFixed(1)} GFLOP/s (${ceilings.matmul.layout}, ${ceilings.matmul.size}), `
      + `sum of two arrays ${ceilings.stream.gbPerSecond.toFixed(1)} GB/s (${ceilings.stream.megabytes} MB each)`,
    `Memory in MB: ${Object.entries(memory).map(([purpose, bytes]) => `${purpose} ${(bytes / 2 ** 20).toFixed(1)}`).join(', ')}`,
    '', row('kernel', 'launches', 'ms', 'of time', 'GFLOP/s', 'of product', 'GB/s', 'of sum'), ...table,
  ].join('\n');
}
