import { describe, expect, it } from 'vitest';
import { compareWithReference } from '../../src/gpu/selftest';
import { selftestCases } from '../../src/gpu/selftestCases';
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
