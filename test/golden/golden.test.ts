/** The golden file against the plain model: the loss, and single gradients by central differences. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/core/random';
import golden from './llama.json';
import { plainLoss, type PlainParams } from './plainLlama';

describe.each(['untied', 'tied'] as const)('%s head', (variant) => {
  const params: PlainParams = Object.fromEntries(
    Object.entries(golden.params).filter(([name]) => variant === 'untied' || name !== 'lm_head.weight').map(([name, { data }]) => [name, Float32Array.from(data)]),
  );

  test('the loss', () => {
    expect(plainLoss(golden.config, params, golden.batch)).toBeCloseTo(golden[variant].loss, 10);
    expect(golden[variant].losses[0]).toBe(golden[variant].loss);
    expect(golden[variant].losses).toHaveLength(golden.optimiser.steps);
  });

  test.each(Object.entries<number[]>(golden[variant].gradients))('the gradient of %s', (name, gradient) => {
    const random = new Random(7, name);
    const largest = Math.max(...gradient.map(Math.abs));
    for (let n = 0; n < 3; n++) {
      const at = random.below(gradient.length);
      const moved = (by: number) => plainLoss(golden.config, { ...params, [name]: Array.from(params[name]).with(at, params[name][at] + by) }, golden.batch);
      const difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
      expect(Math.abs(difference - gradient[at]) / largest).toBeLessThan(1e-6);
    }
  });
});
