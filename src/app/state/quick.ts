/** A quick look: the same loop on fewer questions, steps and arms, for a first glance and for tests of the page. Pure. */
import type { Project } from '../../store/types';

const LIMITS = { validation: 168, test: 168, outOfDistribution: 32 };
const STEPS = 50;
const ARMS = new Set(['base', 'sft', 'shuffled', 'stat-sel']);

/** One learning rate an arm, three arms and the base: the comparison keeps its control. */
export function quickLook(project: Project): Project {
  return {
    ...project,
    name: `${project.name}, quick look`,
    limits: LIMITS,
    training: {
      ...project.training,
      steps: Math.min(STEPS, project.training.steps),
      warmup: Math.min(4, project.training.warmup),
    },
    arms: project.arms.filter((arm) => ARMS.has(arm.kind)).map(({ learningRates: _, ...arm }) => arm),
  };
}
