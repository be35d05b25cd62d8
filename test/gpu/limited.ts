/** An engine that takes less in one piece than its device does. */
import type { Engine } from '../../src/gpu/device';
import type { Limits } from '../../src/gpu/graph';

/** The engine with these limits, which it also holds itself to. */
export function limited(engine: Engine, limits: Limits): Engine {
  return Object.create(engine, {
    limits: { value: limits },
    allocate: {
      value(label: string, size: number) {
        if (size > limits.block) throw new Error(`${label}: a block of ${size} bytes where ${limits.block} are allowed`);
        return engine.allocate(label, size);
      },
    },
    lower: {
      value(nodes: Parameters<Engine['lower']>[0]) {
        const lowered = engine.lower(nodes);
        return {
          uses: lowered.uses,
          place: (rangeOf: Parameters<typeof lowered.place>[0]) => lowered.place((tensor) => {
            const range = rangeOf(tensor);
            if (range.size > limits.binding) throw new Error(`${tensor.name}: ${range.size} bytes are bound where ${limits.binding} are allowed`);
            return range;
          }),
        };
      },
    },
  }) as Engine;
}
