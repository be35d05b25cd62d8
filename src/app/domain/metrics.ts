/** The training log of a run: stored batches and the steps not stored yet, as one list and as a file. Pure. */
import type { MetricsRow } from '../../store/types';
import type { StepMetrics } from '../../train/types';

/** Stored steps in order, then those told since; a step told twice counts once, as stored. */
export function stepsOf(rows: readonly MetricsRow[], told: readonly StepMetrics[]): StepMetrics[] {
  const stored = rows.flatMap((row) => row.steps).sort((a, b) => a.step - b.step);
  const last = stored.length > 0 ? stored[stored.length - 1].step : 0;
  return [...stored, ...told.filter((one) => one.step > last)];
}

/** Steps told by the worker, with one more; going back (a resumed run) forgets what came after. */
export function withStep(told: readonly StepMetrics[], next: StepMetrics): StepMetrics[] {
  const last = told[told.length - 1];
  return last && last.step >= next.step ? [...told.filter((one) => one.step < next.step), next] : [...told, next];
}

const COLUMNS = ['step', 'loss', 'gradNorm', 'learningRate', 'tokens', 'msPerStep'] as const;

/** One line a step, with a header. */
export function metricsCsv(steps: readonly StepMetrics[]): string {
  return [COLUMNS.join(','), ...steps.map((step) => COLUMNS.map((column) => String(step[column])).join(','))].join('\n') + '\n';
}
