/** `selftest`: every kernel against its float64 reference, on this machine's adapter. */
import { StudioError } from '../core/errors';
import { selftest } from '../gpu/selftest';
import type { Command, Result } from './command';
import { openNodeEngine } from './nodeEngine';

export const selftestCommand: Command = {
  name: 'selftest',
  summary: 'Checks every kernel on this adapter against its float64 reference.',
  usage: 'selftest',
  options: {},
  async run(given, { terminal }): Promise<Result> {
    const engine = await openNodeEngine(given, terminal);
    const rows = await selftest(engine, (row) => terminal.progress(`${row.name}: ${row.error.toExponential(1)}`));
    const failed = rows.filter((row) => !row.passed);
    if (failed.length > 0) {
      throw new StudioError('selftest-failed', `${failed.length} of ${rows.length} checks failed on ${engine.report.description}.`, {
        where: failed.map((row) => `${row.name}: ${row.error.toExponential(2)} over ${row.limit.toExponential(0)}`).join('; '),
        remedy: 'Training on this adapter would give wrong numbers. Try another with --gpu, or a newer driver.',
      });
    }
    const lines = rows.map((row) => `  ${row.name.padEnd(44)} ${row.error.toExponential(2)}  (limit ${row.limit.toExponential(0)})`);
    const worst = rows.reduce((a, b) => (b.error / b.limit > a.error / a.limit ? b : a));
    return {
      json: { adapter: engine.report, kernels: engine.kernels, passed: rows.length, failed: 0, rows },
      text: `${lines.join('\n')}\n${rows.length} checks passed on ${engine.report.description}; nearest its limit: ${worst.name}.`,
    };
  },
};
