/** How fast this device trains a student, for the page: a step on random tokens, since no project need be open. */
import type { Engine } from '../gpu/device';
import type { Student } from '../model/types';
import { profileStep, randomExamples, type StepProfile } from '../train/stepProfile';

/** @param tokens about how many in the step. */
export function speedProfile(engine: Engine, student: Student, tokens: number): Promise<StepProfile> {
  return profileStep(engine, student, randomExamples(student, tokens));
}
