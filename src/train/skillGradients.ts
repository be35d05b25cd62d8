/** The gradient of each skill's loss at one student, and how they lie to each other: what practice of one does to another. */
import type { Engine } from '../gpu/device';
import { CAPACITY_STEP, exampleCoefficients, microBatches, packRibbon } from './batch';
import type { Example } from './example';
import { TrainStep, type TrainedStudent } from './trainStep';

export interface SkillGradients {
  /** ⟨g_s, P g_t⟩ over all trained parameters. */
  matrix: number[][];
  /** Mean loss of each group, nats a token. */
  losses: number[];
}

/**
 * @param groups the examples of each skill, none empty.
 * @param preconditioned weighs each parameter by 1 / √(mean over skills of g²), as AdamW's first steps do; else P is the identity.
 *   With it, one unit of learning rate is one AdamW step; memory is one flat gradient a skill, on the host.
 */
export async function skillGradients(
  engine: Engine, student: TrainedStudent, groups: readonly (readonly Example[])[], preconditioned = true, onGroup: (done: number) => void = () => {},
): Promise<SkillGradients> {
  const tokens = Math.max(...groups.flatMap((group) => microBatches(group)).map((micro) => micro.reduce((sum, { ids }) => sum + ids.length, 0)));
  const step = await TrainStep.create(engine, student, Math.ceil(tokens / CAPACITY_STEP) * CAPACITY_STEP);
  const gradients: Float32Array[] = [];
  const losses: number[] = [];
  for (const group of groups) {
    const coefficients = exampleCoefficients(group, 'example');
    step.begin();
    let at = 0;
    for (const micro of microBatches(group)) {
      await step.accumulate(packRibbon(micro, coefficients.slice(at, at + micro.length)));
      at += micro.length;
    }
    const { gradient, loss } = await step.readFlat();
    gradients.push(gradient);
    losses.push(loss);
    onGroup(gradients.length);
  }
  await step.dispose();
  return { matrix: products(gradients, preconditioned), losses };
}

function products(gradients: readonly Float32Array[], preconditioned: boolean): number[][] {
  const scaled = preconditioned ? precondition(gradients) : gradients;
  return gradients.map((a) => scaled.map((b) => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
    return sum;
  }));
}

/** P g for each gradient, P = diag(1 / √(mean g²)). */
function precondition(gradients: readonly Float32Array[]): Float32Array[] {
  const scale = new Float64Array(gradients[0]?.length ?? 0);
  for (const gradient of gradients) for (let i = 0; i < scale.length; i++) scale[i] += gradient[i] * gradient[i];
  return gradients.map((gradient) => gradient.map((value, i) => value / (Math.sqrt(scale[i] / gradients.length) + 1e-8)));
}
