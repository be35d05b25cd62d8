import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../src/gpu/interpret';
import { selftestCases } from '../../src/gpu/selftestCases';
import { Random } from '../../src/core/random';

const differentiable = selftestCases.map((namedCase) => ({ ...namedCase, built: namedCase.build() })).filter(({ built }) => built.gradients.length > 0);

describe('every gradient rule agrees with finite differences of the float64 forward pass', () => {
  it.each(differentiable.map(({ name, built }) => [name, built] as const))('%s', (_, built) => {
    const { graph, values, gradients, forwardNodes, objective: [output, seed] } = built;
    const random = new Random(1, 'probe');
    /** Σ output · incoming, from scratch. */
    const objective = (tweak?: { tensor: (typeof gradients)[0][0]; at: number; by: number }): number => {
      const fresh = new Interpreter();
      for (const [tensor, data] of values) fresh.set(tensor, data);
      if (tweak) fresh.of(tweak.tensor)[tweak.at] += tweak.by;
      fresh.run(graph, 0, forwardNodes);
      const weights = Float64Array.from(fresh.of(seed));
      return fresh.of(output).reduce((sum, value, i) => sum + value * weights[i], 0);
    };
    const whole = new Interpreter();
    for (const [tensor, data] of values) whole.set(tensor, data);
    whole.run(graph);
    for (const [tensor, gradient] of gradients) {
      const before = values.get(gradient); // parameters' gradients accumulate onto this
      for (let probe = 0; probe < 5; probe++) {
        const at = random.below(whole.of(tensor).length);
        const by = 1e-5;
        const slope = (objective({ tensor, at, by }) - objective({ tensor, at, by: -by })) / (2 * by);
        const found = whole.of(gradient)[at] - (before ? before[at] : 0);
        expect(Math.abs(found - slope), `${gradient.name}[${at}]: ${found} against ${slope}`).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
      }
    }
  });
});
