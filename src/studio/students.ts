/** What the runs made of a student, in the store. */
import { StudioError } from '../core/errors';
import { memorySources } from '../model/byteSource';
import { openStudent } from '../model/student';
import type { Student } from '../model/types';
import { blobPath } from '../store/blobPath';
import type { StudioStore } from '../store/types';

export function checkpointPath(runId: string): string {
  return blobPath(runId, 'checkpoint');
}

/** Where a finished run's weights are, as a safetensors file. */
export function paramsPath(runId: string): string {
  return blobPath(runId, 'model.safetensors');
}

/** The weights a finished run left. Throws `studio-missing-weights`. */
export async function storedWeights(store: StudioStore, runId: string): Promise<Uint8Array> {
  const weights = await store.readBlob(paramsPath(runId));
  if (weights) return weights;
  throw new StudioError('studio-missing-weights', 'The trained weights of this run are not stored.', {
    where: runId,
    remedy: 'Train this arm first.',
  });
}

/** A student of the same family and tokenizer with the weights of a safetensors file. */
export async function studentWith(base: Student, safetensors: Uint8Array): Promise<Student> {
  const files = new Map<string, Uint8Array>();
  for (const [name, text] of base.files) files.set(name, new TextEncoder().encode(text));
  return openStudent(base.name, memorySources(files.set('model.safetensors', safetensors)));
}
