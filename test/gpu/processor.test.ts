// The kernels of the processor against the float64 references, as WebGPU's are; and what only this device has.
import { beforeAll, describe, expect, it } from 'vitest';
import { compareWithReference } from '../../src/gpu/selftest';
import { selftestCases } from '../../src/gpu/selftestCases';
import { processorEngine } from './engine';

// The first use compiles the kernels.
beforeAll(processorEngine, 120_000);

describe('every kernel agrees with its float64 reference, forward and backward', () => {
  it.each(selftestCases.map((namedCase) => [namedCase.name, namedCase] as const))('%s', async (_, { build }) => {
    expect(await compareWithReference(await processorEngine(), build())).toBeLessThan(2e-5);
  });
});
