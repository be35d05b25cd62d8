/** Whom a teacher's requests go to, for what is told before any leaves. */
import { isLoopback } from '../../core/networkDoor';
import type { TeacherPlan } from '../../teacher/plan';
import { presetOf } from '../../teacher/presets';

export interface Recipient {
  /** `gpt-4 at https://…`. */
  name: string;
  /** Where it runs it costs nothing: in this tab, or on this machine. */
  free: boolean;
  /** Requests leave this machine. */
  far: boolean;
}

export function recipientOf({ choice: { preset, model, baseUrl } }: TeacherPlan): Recipient {
  if (presetOf(preset).protocol === 'tab') return { name: `${model}, in this tab: nothing leaves it`, free: true, far: false };
  const known = URL.canParse(baseUrl);
  const near = known && isLoopback(new URL(baseUrl).hostname);
  return { name: `${model} at ${baseUrl}`, free: near, far: known && !near };
}
