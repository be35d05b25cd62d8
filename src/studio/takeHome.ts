/** What a run made, as files that other tools load, with the record of how. */
import { RUN_FILE, type RunRecord } from '../model/export/card';
import type { WrittenFiles } from '../model/export/pieces';
import { exportStudent, type ExportKind } from '../model/export/student';
import type { WrittenFormat } from '../model/encodeNumbers';
import type { Project, RunRow, StudioStore } from '../store/types';
import type { Students } from './sideBySide';
import { trainedStudent } from './tuning';

/** @param run a run id, or `base`. @throws StudioError `studio-missing-weights`, `export-no-adapter`, `export-bad-format`, `export-unsupported` */
export async function exportRun({ project, store, loadStudent }: Students, run: string, kind: ExportKind, format?: WrittenFormat): Promise<WrittenFiles> {
  const base = await loadStudent(project.student);
  const student = await trainedStudent(project, store, run, base);
  const row = run === 'base' ? undefined : await store.get('runs', run);
  const files = new Map(student.files);
  if (row) files.set(RUN_FILE, `${JSON.stringify(await recordOf(project, store, row, base.name), null, 2)}\n`);
  return exportStudent({ ...student, files }, kind, format);
}

async function recordOf(project: Project, store: StudioStore, run: RunRow, student: string): Promise<RunRecord> {
  const { source, training } = project;
  const dataset = source.kind === 'dataset' ? (await store.get('datasets', source.datasetId))?.name : undefined;
  const set = await store.get('trainingSets', `${project.id}/${run.arm}`);
  const losses = (await store.where('metrics', 'runId', run.id)).flatMap(({ steps }) => steps).sort((a, b) => a.step - b.step).map(({ loss }) => loss);
  const { accumulate, recompute: _, ...options } = training;
  return {
    student, data: dataset ?? (source.kind === 'world' ? `world ${source.world}, seed ${source.seed}` : 'a dataset that is not stored any more'),
    rows: set ? new Set(set.rows).size : Math.round(run.effectiveSampleSize),
    options: { arm: run.arm, kind: run.kind, ...options, accumulate: accumulate ?? 1, learningRate: run.learningRate, base: project.base ?? 'f32' },
    firstLoss: losses[0] ?? NaN, lastLoss: losses.at(-1) ?? NaN, tokens: run.tokens, device: run.device ?? 'a device that is not known',
  };
}
