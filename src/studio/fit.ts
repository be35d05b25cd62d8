/** What training takes of the device, by part, before it starts: of a project as it is set, and of the models the page offers. */
import { errorRecord } from '../core/errors';
import type { Question } from '../data/types';
import type { DeviceShape, Engine } from '../gpu/device';
import { adapterShapes } from '../model/adapter';
import { configOf, knownModels } from '../model/knownModels';
import type { AdapterSettings, StudentShape } from '../model/types';
import { defaultReinforcement } from '../stat/reinforcement';
import { encodeExample } from '../train/example';
import { fullSizes, trainingMemory, type MemoryEstimate, type TrainingPlan } from '../train/memory';
import { reinforcementPlan } from '../train/reinforcementPlan';
import { inWords, settingsThatFit } from '../train/room';
import type { Fit, KnownFit } from '../worker/protocol';
import type { Students } from './sideBySide';
import { questionsOf, splitsOf } from './splits';
import { fits } from './stages/data';

/** So many pool rows of the most characters are measured in tokens, and so many questions. */
const MEASURED = 100;
const OFFERED: AdapterSettings = { rank: 16, alpha: 32, dropout: 0, targets: 'all-linear', rankStabilised: false };
const OFFERED_TOKENS = 512;

/** @throws StudioError `adapter-unknown-target`, `gpu-too-large` and what is wrong with the student */
export async function projectFit(engine: Engine, { project, store, loadStudent }: Students): Promise<Fit> {
  const student = await loadStudent(project.student);
  const settings = student.adapter?.settings ?? project.lora;
  const shape: StudentShape = { config: student.config, ...(settings ? { adapter: { settings }, packing: project.base } : {}) };
  const pool = questionsOf(project, await splitsOf(project, store), 'pool');
  const long = (charactersOf: (row: Question) => number) => [...pool].sort((a, b) => charactersOf(b) - charactersOf(a)).slice(0, MEASURED);
  const longer = new Set([...long(({ question }) => question.length), ...long(({ question, answer }) => question.length + answer.length)]);
  // What is too long is left out of a run.
  const rows = [...longer].filter((row) => fits(student, row)).map(({ question, answer }) => encodeExample(student, question, answer));
  const longest = rows.reduce((most, { ids }) => Math.max(most, ids.length), 1);
  const { batch, accumulate = 1, recompute, optimizer } = project.training;
  const how = { accumulate, recompute, optimizer };
  const plan: TrainingPlan = { ...shape, ...how, sizesOf: fullSizes(engine.shape, shape, batch, longest) };
  const estimate = await trainingMemory(engine.shape, plan);
  const longestPrompt = rows.reduce((most, { lossFrom }) => Math.max(most, lossFrom), 1);
  const reinforced = await largestOf(engine, project.arms.filter(({ kind }) => kind === 'grpo').map(({ reinforcement }) =>
    reinforcementPlan(engine, shape, { ...defaultReinforcement, ...reinforcement, ...how, maxTokens: project.generation.maxTokens }, longestPrompt)));
  const numbers = (shapes: Iterable<readonly number[]>) => [...shapes].reduce((sum, one) => sum + one.reduce((a, b) => a * b, 1), 0);
  const trained = settings ? numbers(adapterShapes(student.config, settings).map(([, one]) => one)) : numbers([...student.params.values()].map((one) => one.shape));
  const { room } = engine;
  const fit: Fit = { estimate, reinforcing: reinforced?.estimate, room, trained, longest };
  const tooLarge = room === undefined ? undefined : [{ plan, estimate }, ...(reinforced ? [reinforced] : [])].find((one) => one.estimate.total > room);
  const other = tooLarge && room !== undefined ? await settingsThatFit(engine.shape, tooLarge.plan, room) : undefined;
  return { ...fit, instead: other && inWords(other.settings) };
}

async function largestOf({ shape }: Engine, plans: readonly TrainingPlan[]): Promise<{ plan: TrainingPlan; estimate: MemoryEstimate } | undefined> {
  let largest: { plan: TrainingPlan; estimate: MemoryEstimate } | undefined;
  for (const plan of plans) {
    const estimate = await trainingMemory(shape, plan);
    if (!largest || estimate.total > largest.estimate.total) largest = { plan, estimate };
  }
  return largest;
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
