/** Opens the adapter: the only place that touches `GPU`. The engine asks nothing else of its surroundings. */
import { StudioError } from '../core/errors';
import type { Target } from './graph';

export interface AdapterReport {
  description: string;
  vendor: string;
  architecture: string;
  /** A software adapter: right, but slow. */
  software: boolean;
  features: string[];
}

export interface Engine {
  device: GPUDevice;
  report: AdapterReport;
  target: Target;
  /**
   * Blocks the thread for about that long: set in Node only, where Dawn spins while it waits for the adapter and would take a
   * core from a software one.
   */
  rest?: (ms: number) => void;
  /** Compiled kernels by source. */
  pipelines: Map<string, Promise<GPUComputePipeline>>;
  lost: Promise<GPUDeviceLostInfo>;
}

/** The first error of each device that no scope caught. */
const faults = new WeakMap<GPUDevice, string>();

/** @throws StudioError `gpu-fault` if the adapter has refused a command, out of memory included. */
export function failOnFault(device: GPUDevice): void {
  const fault = faults.get(device);
  if (fault === undefined) return;
  throw new StudioError('gpu-fault', `The graphics adapter refused a command: ${fault.split('\n')[0].slice(0, 300)}`, {
    kept: 'Everything up to the last checkpoint.',
    remedy: 'If memory ran out, use a smaller batch or student; else please report this with the self-test\u2019s table.',
  });
}

const WANTED_FEATURES: GPUFeatureName[] = ['subgroups', 'timestamp-query'];

/**
 * The device of the page's or Node's adapter, with the adapter's own limits for buffers.
 * @throws StudioError `gpu-no-adapter`
 */
export async function openEngine(gpu: GPU | undefined = globalThis.navigator?.gpu): Promise<Engine> {
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new StudioError('gpu-no-adapter', 'No WebGPU adapter was found, so nothing can be trained or answered here.', {
      kept: 'Everything already stored can still be read.',
      remedy: 'Use a recent Chrome, Edge, Firefox or Safari with graphics acceleration on; in Node, install Chromium, whose software adapter is used where there is no GPU.',
    });
  }
  const { info, limits } = adapter;
  const features = WANTED_FEATURES.filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({
    requiredFeatures: features,
    requiredLimits: { maxBufferSize: limits.maxBufferSize, maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize },
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    if (!faults.has(device)) faults.set(device, error.message);
  });
  const software = info.isFallbackAdapter || /swiftshader|llvmpipe|software/i.test(`${info.architecture} ${info.device} ${info.description}`);
  const report: AdapterReport = {
    description: info.description || info.device || info.architecture || 'an adapter that does not say its name',
    vendor: info.vendor, architecture: info.architecture, software, features: [...adapter.features].sort(),
  };
  // On a CPU a workgroup larger than one SIMD group only adds barriers, and a smaller one leaves lanes idle.
  const quads = software && device.features.has('subgroups') ? Math.max(2, (info.subgroupMinSize ?? 4) / 4) : 0;
  const target: Target = { lanes: software ? 4 : 64, quads, software };
  return { device, report, target, pipelines: new Map(), lost: device.lost };
}
