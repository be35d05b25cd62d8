/** Everything about a chosen teacher but its key: what a project needs to be repeated, and what may be shown and exported. */
import { presetOf, type TeacherChoice } from './presets';
import type { Edited } from './prompts';
import { defaultLimits, type Limits } from './runner/limits';
import type { Price } from './runner/prices';

export interface TeacherPlan {
  choice: TeacherChoice;
  /** Prompts as a person changed them. */
  edited: Edited;
  limits: Limits;
  /** Of the model, where the person knows it; a model on this machine is free. */
  price?: Price;
}


/** A plan for a preset, before anything else is chosen. */
export function planFor(presetId: string, model = ''): TeacherPlan {
  const preset = presetOf(presetId);
  return { choice: { preset: preset.id, baseUrl: preset.baseUrl, model }, edited: {}, limits: defaultLimits };
}
