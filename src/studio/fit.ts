/** What training takes of the device, by part, before it starts: of a project as it is set, and of the models the page offers. */
import { errorRecord } from '../core/errors';
import type { DeviceShape, Engine } from '../gpu/device';
import { adapterShapes } from '../model/adapter';
import { configOf, knownModels } from '../model/knownModels';
import type { AdapterSettings, StudentShape } from '../model/types';
import { encodeExample } from '../train/example';
import { fullSizes, trainingMemory, type TrainingPlan } from '../train/memory';
import { inWords, settingsThatFit } from '../train/room';
import type { Fit, KnownFit } from '../worker/protocol';
import type { Students } from './sideBySide';
import { questionsOf, splitsOf } from './splits';

/** Pool rows that are measured for the longest. */
const MEASURED = 500;
const OFFERED: AdapterSettings = { rank: 16, alpha: 32, dropout: 0, targets: 'all-linear', rankStabilised: false };
const OFFERED_TOKENS = 512;

/** @throws StudioError `adapter-unknown-target`, `gpu-too-large` and what is wrong with the student */
export async function projectFit(engine: Engine, { project, store, loadStudent }: Students): Promise<Fit> {
  const student = await loadStudent(project.student);
  const settings = student.adapter?.settings ?? project.lora;
  const shape: StudentShape = { config: student.config, ...(settings ? { adapter: { settings }, packing: project.base } : {}) };
  const pool = questionsOf(project, await splitsOf(project, store), 'pool').slice(0, MEASURED);
  const longest = pool.reduce((most, { question, answer }) => Math.max(most, encodeExample(student, question, answer).ids.length), 1);
  const { batch, accumulate = 1, recompute } = project.training;
  const plan: TrainingPlan = { ...shape, accumulate, recompute, sizesOf: fullSizes(engine.shape, shape, batch, longest) };
  const estimate = await trainingMemory(engine.shape, plan);
  const numbers = (shapes: Iterable<readonly number[]>) => [...shapes].reduce((sum, one) => sum + one.reduce((a, b) => a * b, 1), 0);
  const trained = settings ? numbers(adapterShapes(student.config, settings).map(([, one]) => one)) : numbers([...student.params.values()].map((one) => one.shape));
  const { room } = engine;
  if (room === undefined || estimate.total <= room) return { estimate, room, trained, longest };
  const other = await settingsThatFit(engine.shape, plan, room);
  return { estimate, room, instead: other && inWords(other.settings), trained, longest };
}

/** By repository: what an adapter on 8-bit weights takes, rows of up to 512 tokens one at a time; or why it cannot be. */
export async function knownFits(engine: Engine): Promise<Record<string, KnownFit>> {
  const fits: Record<string, KnownFit> = {};
  const device = unnoted(engine.shape);
  for (const model of knownModels) {
    const shape: StudentShape = { config: configOf(model), adapter: { settings: OFFERED }, packing: 'q8' };
    try {
      const { total } = await trainingMemory(device, { ...shape, accumulate: 1, sizesOf: fullSizes(device, shape, 1, OFFERED_TOKENS) });
      fits[model.repository] = { total, room: engine.room };
    } catch (thrown) {
      fits[model.repository] = { error: errorRecord(thrown) };
    }
  }
  return fits;
}

/** The same device, whose tuner is not told of what is lowered for it: nobody may ever train these models here. */
function unnoted(shape: DeviceShape): DeviceShape {
  return shape.kind === 'webgpu' ? { ...shape, target: { ...shape.target, inUse: undefined } } : shape;
}
