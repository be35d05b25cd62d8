/** What of a student a run trains, all its weights or an adapter, and the student that a run made of it. */
import { freshAdapter, mergedParams } from '../model/adapter';
import { memorySource, type SourceFiles } from '../model/byteSource';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, adapterToFiles, readAdapter } from '../model/peft';
import { studentToFiles } from '../model/student';
import type { Adapter, AdapterSettings, Params, Student } from '../model/types';
import { blobPath } from '../store/blobPath';
import type { Project, RunRow, StudioStore } from '../store/types';
import { startOf } from './startOf';
import { paramsPath, storedWeights, studentWith } from './students';

/** Where a finished run's adapter is, in PEFT's two files. */
const adapterPath = (runId: string, file: string) => blobPath(runId, file);
const FILES = [ADAPTER_CONFIG, ADAPTER_WEIGHTS];

/** The adapter an arm is to train; undefined: all weights. */
export function loraOf(project: Project, arm: string): AdapterSettings | undefined {
  const own = project.arms.find(({ name }) => name === arm)?.lora;
  return own === false ? undefined : own ?? project.lora;
}

/** The student as a run begins to train it. An adapter that is there is gone on with, unless the arm wants all weights. */
export async function studentToTrain(job: TrainingJob, { arm }: RunRow): Promise<Student> {
  const { project } = job;
  const spec = project.arms.find(({ name }) => name === arm);
  const start = await job.trained(await startOf(job, spec?.from));
  if (start.adapter && spec?.lora !== false) return start;
  const lora = loraOf(project, arm);
  if (lora) return { ...start, adapter: freshAdapter(start.config, lora, project.training.seed), packing: project.base };
  return { ...start, params: mergedParams(start), adapter: undefined, packing: undefined };
}

interface TrainingJob {
  project: Project;
  store: StudioStore;
  /** The student as a run left it. */
  trained(runId: string): Promise<Student>;
}

/** What a run trained, as one safetensors file: its adapter in PEFT's names, or all weights. @param student from `studentToTrain` */
export async function trainedFile(student: Student, params: Params): Promise<Uint8Array> {
  const { adapter, config, name } = student;
  const files = adapter ? adapterToFiles({ ...adapter, params }, config, name) : await studentToFiles(student, params);
  return files.get(adapter ? ADAPTER_WEIGHTS : 'model.safetensors') as Uint8Array;
}

/** Keeps a run's `trainedFile`, with PEFT's configuration beside an adapter. */
export async function keepTrained(store: StudioStore, runId: string, { adapter, config, name }: Student, file: Uint8Array): Promise<void> {
  if (!adapter) return store.writeBlob(paramsPath(runId), file);
  const settings = adapterToFiles(adapter, config, name).get(ADAPTER_CONFIG) as Uint8Array;
  await store.writeBlob(adapterPath(runId, ADAPTER_CONFIG), settings);
  // The weights come last: they are what says that the adapter is whole.
  await store.writeBlob(adapterPath(runId, ADAPTER_WEIGHTS), file);
}

/** A student in the middle of a run. @param student from `studentToTrain` */
export async function withTrained(student: Student, params: Params, file: Uint8Array): Promise<Student> {
  return student.adapter ? { ...student, adapter: { ...student.adapter, params } } : studentWith(student, file);
}

export async function isTrainedKept(store: StudioStore, runId: string): Promise<boolean> {
  return (await store.readBlob(adapterPath(runId, ADAPTER_WEIGHTS)) ?? (await store.readBlob(paramsPath(runId)))) !== undefined;
}

export async function dropTrained(store: StudioStore, runId: string): Promise<void> {
  for (const path of [paramsPath(runId), ...FILES.map((file) => adapterPath(runId, file))]) await store.removeBlob(path);
}

/** The student as `runId` left it (`base`: untouched). @throws StudioError `studio-missing-weights` */
export async function trainedStudent(project: Project, store: StudioStore, runId: string, base: Student): Promise<Student> {
  if (runId === 'base') return base;
  const adapter = await storedAdapter(store, runId, base);
  if (!adapter) return studentWith(base, await storedWeights(store, runId));
  const arm = (await store.get('runs', runId))?.arm;
  const start = await startOf({ project, store }, project.arms.find(({ name }) => name === arm)?.from);
  return { ...(await trainedStudent(project, store, start, base)), adapter };
}

async function storedAdapter(store: StudioStore, runId: string, { config }: Student): Promise<Adapter | undefined> {
  const files = new Map<string, Uint8Array | undefined>();
  for (const file of FILES) files.set(file, await store.readBlob(adapterPath(runId, file)));
  if (!files.get(ADAPTER_WEIGHTS)) return undefined;
  const sources: SourceFiles = new Map([...files].flatMap(([file, bytes]) => (bytes ? [[file, memorySource(bytes)] as const] : [])));
  return readAdapter(sources, config);
}
