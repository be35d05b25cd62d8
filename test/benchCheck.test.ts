/** The bench's check fails on a fall of more than 10 % against the peer, not on a slower machine. */
import { expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { regressions } from '../scripts/benchCheck.mjs';

const engines = (rates: Record<string, number>) => Object.entries(rates).map(([name, tokensPerSecond]) => ({ name, tokensPerSecond }));
const kept = engines({ ours: 600, 'jax-js': 100, 'ours-processor': 8000, 'jax-js-wasm': 2000 });

it('compares multiples of the peer, not rates', () => {
  expect(regressions(kept, engines({ ours: 60, 'jax-js': 10, 'ours-processor': 800, 'jax-js-wasm': 200 }))).toEqual([]);
  expect(regressions(kept, engines({ ours: 545, 'jax-js': 100 }))).toEqual([]);
  expect(regressions(kept, engines({ ours: 535, 'jax-js': 100 }))).toEqual(['ours is 5.35 times jax-js; 6.00 times is kept.']);
  expect(regressions(kept, engines({ ours: 1000, 'jax-js': 200, 'ours-processor': 7000, 'jax-js-wasm': 2000 }))).toHaveLength(2);
});

it('does not pass where nothing was compared', () => {
  expect(() => regressions(kept, engines({ ours: 600, 'TF.js': 30 }))).toThrow(/nothing can be compared/);
});
