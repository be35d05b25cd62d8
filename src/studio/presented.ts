/** What a run shows its student: how many rows of its training set, and in which order. */
import type { Question } from '../data/types';
import { presentationOrder, presentations, rowOf } from '../stat/arms';
import { withinTokens } from '../stat/controls';
import type { TrainingSet } from '../stat/types';
import type { Project } from '../store/types';
import { encodeExample } from '../train/example';
import type { Job } from './job';

/** Positions into the set's rows in the order they are trained on: the same for each rate, on every machine. */
export function presentedOrder(project: Project, set: TrainingSet): number[] {
  return presentationOrder(set, presentations(project.training, set), project.training.seed);
}

/** How many rows of the set make as many tokens as plain fine-tuning's rows do, to one row. */
export async function presentedWithin(job: Job, set: TrainingSet, pool: Question[]): Promise<number> {
  const student = await job.student();
  const { training } = job.project;
  const most = presentations(training);
  const known = new Map<Question, number>();
  const lengthOf = (row: Question): number => {
    const found = known.get(row) ?? encodeExample(student, row.question, row.answer).ids.length;
    known.set(row, found);
    return found;
  };
  const plain = presentationOrder({ rows: pool.map((_, i) => i), weights: [] }, most, training.seed);
  const budget = plain.reduce((sum, row) => sum + lengthOf(pool[row]), 0);
  const lengths = (order: readonly number[]) => order.map((position) => lengthOf(rowOf(set, pool, set.rows[position])));
  // Rows much shorter than the pool's need more of them; never more than four times as many.
  for (let wanted = 2 * most; ; wanted *= 2) {
    const order = presentationOrder(set, wanted, training.seed);
    const count = withinTokens(order.map((_, i) => i), lengths(order), budget);
    if (count < wanted || wanted >= 4 * most) return count;
  }
}
