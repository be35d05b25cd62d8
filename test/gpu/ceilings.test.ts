/** The share of the roofline: what it is of, and that the bench's count of a step's work is the count that it is made from. */
import { expect, it } from 'vitest';
import { configOf, SIZES, stepGflop } from '../../bench/models';
import { rooflineShare } from '../../src/gpu/ceilings';
import type { Node } from '../../src/gpu/graph';
import { DEFAULT_DEVICE, Rehearsal } from '../../src/gpu/rehearsal';
import { TrainStep } from '../../src/train/trainStep';

it('is the time of the products at the best rate over the time of the step', () => {
  // 6 · 10⁹ at 20 · 10⁹ a second are 300 ms.
  expect(rooflineShare(6, 400, 20)).toBeCloseTo(0.75, 12);
  expect(rooflineShare(6, 300, 20)).toBeCloseTo(1, 12);
  expect(rooflineShare(12, 400, 20)).toBeCloseTo(2 * rooflineShare(6, 400, 20), 12);
  expect(rooflineShare(6, 400, 40)).toBeCloseTo(rooflineShare(6, 800, 20), 12);
});

it('counts what the step’s own nodes count', async () => {
  const nodes: Node[] = [];
  class Watched extends Rehearsal {
    override lower(list: readonly Node[]) {
      nodes.push(...list);
      return super.lower(list);
    }
  }
  const { batch, context } = SIZES.bench;
  await TrainStep.prepare(new Watched(DEFAULT_DEVICE), { config: configOf(SIZES.bench) }, [batch * context]);
  const pairs = (batch * context * (context + 1)) / 2;
  expect(nodes.reduce((sum, { op, ...node }) => sum + (op.flops?.({ op, ...node }, () => pairs) ?? 0), 0) / 1e9).toBeCloseTo(stepGflop(SIZES.bench), 9);
});
