/** Several answers of one student to the same questions: what they are called in the store. */

export interface Sampling {
  /** From 1. */
  sample: number;
  temperature: number;
}

/** No name of a run holds it. */
const MARK = '#';

/** The run id of a sample's responses: `base#2@0.7`. */
export function sampleRun(student: string, { sample, temperature }: Sampling): string {
  return `${student}${MARK}${sample}@${temperature}`;
}

/** The student behind the responses of a run id, and the sample's number where they are a sample. */
export function studentOf(runId: string): { student: string; sample?: string } {
  const [student, rest] = runId.split(MARK);
  return { student, sample: rest?.split('@')[0] };
}

/** `count` samples at one temperature. */
export function samplings(count: number, temperature: number): Sampling[] {
  return Array.from({ length: count }, (_, i) => ({ sample: i + 1, temperature }));
}
