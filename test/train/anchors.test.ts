// The divergence to the base, one coefficient a token: its mean over the base's draws is the whole divergence and its gradient.
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random';
import { anchorsOf, anchorTerm, type Anchor } from '../../src/train/anchors';

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map(Math.exp);
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

describe('a token of the divergence', () => {
  const random = new Random(4, 'anchors');
  const draw = () => Array.from({ length: 7 }, () => 2 * random.normal());

  it('is, over the base\u2019s draws, KL(base \u2016 student), and its coefficient p \u2212 q in the logits', () => {
    for (let trial = 0; trial < 50; trial++) {
      const [q, p] = [softmax(draw()), softmax(draw())];
      const terms = q.map((chance, y) => ({ chance, ...anchorTerm(-Math.log(p[y]), -Math.log(chance)) }));
      const whole = q.reduce((sum, chance, y) => sum + chance * Math.log(chance / p[y]), 0);
      expect(terms.reduce((sum, { chance, kl }) => sum + chance * kl, 0)).toBeCloseTo(whole, 12);
      p.forEach((_, v) => {
        const slope = terms.reduce((sum, { chance, coefficient }, y) => sum + chance * coefficient * (p[v] - (v === y ? 1 : 0)), 0);
        expect(slope).toBeCloseTo(p[v] - q[v], 12);
      });
      for (const { kl } of terms) expect(kl).toBeGreaterThanOrEqual(0);
    }
  });

  it('has the slope finite differences give, and pulls nowhere where student and base agree', () => {
    for (let trial = 0; trial < 200; trial++) {
      const [now, base] = [3 * random.float(), 3 * random.float()];
      const slope = (anchorTerm(now + 1e-6, base).kl - anchorTerm(now - 1e-6, base).kl) / 2e-6;
      expect(Math.abs(slope - anchorTerm(now, base).coefficient)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
    }
    expect(anchorTerm(1.3, 1.3)).toEqual({ kl: 0, coefficient: 0 });
  });
});

it('goes through the anchors in whole passes, the same ones for a seed and step', () => {
  const rows = Array.from({ length: 5 }, (_, i): Anchor => ({ ids: [i], lossFrom: 0, base: new Float32Array(1) }));
  const anchors = { rows, kl: 1, each: 3 };
  const seen = Array.from({ length: 5 }, (_, step) => anchorsOf(anchors, step, 9)).flat();
  for (const row of rows) expect(seen.filter((one) => one === row).length).toBe(3);
  expect(anchorsOf(anchors, 3, 9)).toEqual(seen.slice(9, 12));
});
