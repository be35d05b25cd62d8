import { describe, expect, it } from 'vitest';
import { compareWithReference } from '../../src/gpu/selftest';
import { selftestCases } from '../../src/gpu/selftestCases';
import type { Target } from '../../src/gpu/graph';
import type { WebGpuEngine } from '../../src/gpu/webgpu';
import { webGpuEngine } from './engine';

describe('every kernel agrees with its float64 reference, forward and backward', () => {
  it.each(selftestCases.map((namedCase) => [namedCase.name, namedCase] as const))('%s', async (_, { build }) => {
    const engine = await webGpuEngine();
    const errors: string[] = [];
    engine.device.pushErrorScope('validation');
    expect(await compareWithReference(engine, build())).toBeLessThan(2e-5);
    const error = await engine.device.popErrorScope();
    if (error) errors.push(error.message);
    expect(errors).toEqual([]);
  });
});

describe('so do the kernels of a graphics adapter, wherever they run', () => {
  // One of each op that has others on a software adapter.
  const names = /^(rmsnorm 33×96|layernorm 5×7|rope 4|cross-entropy head, 9 tokens of 10, vocabulary 37$|linear 20×24→36|adamw 1000)/;
  const cases = selftestCases.filter(({ name }) => names.test(name));
  it.each(cases.map((namedCase) => [namedCase.name, namedCase] as const))('%s', async (_, { build }) => {
    const engine = await webGpuEngine();
    const target: Target = { ...engine.target, lanes: 64, quads: 0, software: false };
    const graphics = Object.create(engine, { target: { value: target } }) as WebGpuEngine;
    expect(await compareWithReference(graphics, build())).toBeLessThan(2e-5);
  });
});
