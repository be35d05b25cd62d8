/** A thread of the processor's engine: gets the kernels and their memory, and takes part in programs until the page ends it. */
import { startKernels, type ThreadStart } from '../gpu/processor/serve';

const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.addEventListener('message', ({ data }: MessageEvent<ThreadStart>) => startKernels(data).exports.serve(data.thread));
