// The tuner beside the jobs: it waits until nothing runs, ends when something begins, keeps what it found for the adapter, and forgets it.
import { expect, it } from 'vitest';
import { shapeClass, type MatmulShape } from '../../src/gpu/products';
import { openFileStore } from '../../src/store/fileStore';
import { IdleTuner } from '../../src/worker/idleTuner';
import { processorEngine, webGpuEngine } from '../gpu/engine';
import { temporaryFolder } from '../studio/tinyProject';

const shape: MatmulShape = { layout: 'nt', m: 2, n: 20, k: 12 };

it('times what was in use when nothing runs, and gives an adapter its choices when it is opened again', async () => {
  const { path, remove } = await temporaryFolder();
  const store = await openFileStore(path);
  const engine = await webGpuEngine();
  const key = IdleTuner.keyOf(engine);
  expect(key).toMatch(/^kernels\/[a-z0-9-]+$/);
  const kept = async () => {
    const row = await store.get('settings', key as string);
    return row && 'classes' in row ? row : undefined;
  };
  const tuner = new IdleTuner(store, 0);
  try {
    engine.inUse.clear();
    await tuner.open(engine);
    expect(engine.kernels).toEqual({});

    // Nothing is timed while a job runs; the shapes it used are, once it is over.
    await tuner.whileUsed(async () => {
      // Smaller ones are not worth a choice.
      engine.inUse.note(shape);
      expect(engine.inUse.list()).toEqual([]);
      engine.inUse.note({ ...shape, m: 64, n: 64, k: 128 });
      tuner.rest();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await kept()).toBeUndefined();
      await expect(tuner.again(engine, [shape], {})).rejects.toMatchObject({ code: 'tune-busy' });
    });
    await expect.poll(kept, { timeout: 60_000 }).toBeDefined();
    const found = await kept();
    expect([...(found?.classes.map((each) => each.shape) ?? []), ...(found?.left ?? [])]).toEqual([{ ...shape, m: 64, n: 64, k: 128 }]);

    engine.inUse.clear();
    await tuner.again(engine, [shape], { budgetMs: 1e6 });
    const { classes = [] } = (await kept()) ?? {};
    const own = classes.find((each) => shapeClass(each.shape) === shapeClass(shape));
    expect(own?.gflops).toBeGreaterThan(0);
    expect(engine.kernels[shapeClass(shape)]).toBe(own?.kernel);

    const choices = engine.kernels;
    engine.kernels = {};
    await new IdleTuner(store).open(engine);
    expect(engine.kernels).toEqual(choices);
    await store.put('settings', [{ key, classes: 'not a list' } as never]);
    await new IdleTuner(store).open(engine);
    expect(engine.kernels).toEqual({});

    await tuner.forget(engine);
    expect(await kept()).toBeUndefined();
    expect(engine.kernels).toEqual({});
  } finally {
    engine.kernels = {};
    engine.inUse.clear();
    await remove();
  }
});

it('has nothing to choose on the processor', async () => {
  const { path, remove } = await temporaryFolder();
  const processor = await processorEngine();
  const tuner = new IdleTuner(await openFileStore(path), 0);
  await tuner.open(processor);
  expect(IdleTuner.keyOf(processor)).toBeUndefined();
  await expect(tuner.again(processor, [shape], {})).rejects.toMatchObject({ code: 'tune-processor' });
  await remove();
});
