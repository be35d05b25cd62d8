/** Our engine at the start line, in a worker as in the studio: on the adapter or on the processor. */
import { openOurs, type OurDevice } from './ourEngine';
import { oursStep } from './ours';
import type { Contestant } from './problem';

export interface Asked {
  device: OurDevice;
  what: 'step' | 'bestProduct';
}

const scope = self as unknown as DedicatedWorkerGlobalScope;
let made: Promise<Required<Contestant>> | undefined;

scope.addEventListener('message', ({ data: { device, what } }: MessageEvent<Asked>) => {
  made ??= openOurs(device).then(oursStep);
  made.then((contestant) => contestant[what]()).then((value) => scope.postMessage({ value }), (thrown) => scope.postMessage({ error: String(thrown) }));
});
