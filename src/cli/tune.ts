/** `tune`: times the kernels of matrix products on this adapter and keeps the fastest for it. */
import { DEFAULT_BUDGET_MS, linearProducts, Tuner, type TunerReport } from '../gpu/tuner';
import { PACKINGS } from '../gpu/packing';
import { WebGpuEngine } from '../gpu/webgpu';
import { StudioError } from '../core/errors';
import { paramShapes } from '../model/shapes';
import type { Command, Result } from './command';
import { keepKernels, keptKernels } from './kernelFile';
import { openNodeEngine } from './nodeEngine';
import { namedStudent, STUDENT_OPTIONS } from './student';

/** What is tuned for where no student is named: a layer as small students have it, and one as large ones do. */
const USUAL = [[128, 128], [512, 128], [128, 512], [1024, 1024]];

export const tuneCommand: Command = {
  name: 'tune',
  summary: 'Times the kernels of matrix products on this adapter, for a student\u2019s shapes, and keeps the fastest.',
  usage: 'tune [--student DIR] [--base f16] [--tokens N] [--answers N] [--budget SECONDS] [--again] [--rounding] [--forget]',
  options: {
    ...STUDENT_OPTIONS, tokens: { type: 'string' }, answers: { type: 'string' }, budget: { type: 'string' }, again: { type: 'boolean' },
    rounding: { type: 'boolean' }, forget: { type: 'boolean' },
  },
  async run(given, { terminal }): Promise<Result> {
    const engine = await openNodeEngine(given, terminal);
    if (!(engine instanceof WebGpuEngine)) {
      throw new StudioError('tune-processor', 'The processor has one kernel for a matrix product, so there is nothing to choose.', {
        remedy: 'Name a graphics adapter with --gpu, or --gpu software.',
      });
    }
    if (given.flag('forget')) {
      await keepKernels(engine.report, {});
      return { json: { adapter: engine.report, kernels: {} }, text: 'Forgotten: kernels are chosen by rule.' };
    }
    const weights = given.text('student') === undefined ? USUAL : (await namedStudent(given)).config;
    const matrices = Array.isArray(weights) ? weights : paramShapes(weights).map(([, shape]) => shape).filter(({ length }) => length === 2);
    const base = given.choice('base', ['f32', ...PACKINGS] as const, 'f32');
    const shapes = linearProducts(matrices, given.integer('tokens', 1024, 1), given.integer('answers', 8, 1), base === 'f32' ? undefined : base);
    const budget = given.number('budget', DEFAULT_BUDGET_MS / 1000) * 1000;
    const known = given.flag('again') ? {} : await keptKernels(engine.report);
    const report = await new Tuner(engine).tune(shapes, {
      budgetMs: budget, known, rounding: given.flag('rounding'), onRow: (row) => terminal.progress(`${row.kernel}: ${row.gflops.toFixed(1)} GFLOP/s`),
    });
    await keepKernels(engine.report, report.kernels);
    return { json: { adapter: engine.report, ...report }, text: told(report) };
  },
};

function told({ rows, kernels, left, spentMs }: TunerReport): string {
  const lines = rows.map(({ shape: { layout, m, n, k }, kernel, gflops, error, problem, chosen }) =>
    `${chosen ? '*' : ' '} ${`${layout} ${m}\u00d7${n}\u00d7${k}`.padEnd(24)} ${kernel.padEnd(12)} ${gflops > 0 ? `${gflops.toFixed(2)} GFLOP/s` : problem ? 'does not compile here' : `does not agree (${error.toExponential(1)})`}`);
  const rest = left.length > 0 ? ` No time was left for ${left.length} classes: run it again.` : '';
  return [...lines, `${Object.keys(kernels).length} classes of shapes decided, in ${(spentMs / 1000).toFixed(1)} s.${rest}`].join('\n');
}
