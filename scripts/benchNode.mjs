/** The parts of `npm run bench` that need no page: bench/node.ts, built and run in Node on any device, and PyTorch beside it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, platform } from 'node:os';
import { join } from 'node:path';
import { keptBuild } from './build.mjs';
import { dawnEnvironment, root, say } from './environment.mjs';
import { scalingPages } from './scalingPages.mjs';

const sources = ['bench', 'src', 'shaders', 'kernels', 'vite.config.ts', 'package-lock.json'];

/** Runs one measurement and returns what it prints. */
async function measure(asked) {
  const folder = await keptBuild('bench-node', sources, async (outDir) => {
    const { build } = await import('vite');
    await build({
      root, configFile: join(root, 'vite.config.ts'), logLevel: 'error', publicDir: false,
      build: { ssr: 'bench/node.ts', outDir, emptyOutDir: true, minify: false, target: 'node20' },
    });
  });
  const file = join(root, '.cache', `bench-${process.pid}.json`);
  writeFileSync(file, JSON.stringify(asked));
  const env = { ...process.env, ...(await dawnEnvironment()), STAT_ROOT: root };
  const { status, stdout } = spawnSync(process.execPath, [join(folder, 'node.js'), file], { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28 });
  rmSync(file, { force: true });
  if (status !== 0) throw new Error(`the measurement ended with ${status}`);
  return JSON.parse(stdout);
}

function torchStep(python, asked) {
  const { status, stdout, error } = spawnSync(python, [join(root, 'bench/torchStep.py'), JSON.stringify(asked)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error(error?.message ?? `${python} ended with ${status}`);
  return JSON.parse(stdout);
}

/** @returns the exit status. */
export async function benchNode(values) {
  const mode = values.scaling ? 'scaling' : values.generation ? 'generation' : values.weights ? 'weights' : 'step';
  const load = Math.round(loadavg()[0] * 10) / 10;
  const asked = {
    mode, gpu: values.gpu, rounds: Number(values.steps), size: values.size ?? 'bench',
    axes: (values.axes ?? 'context,batch,parameters,vocabulary').split(','), products: (values.products ?? '512,1024').split(',').map(Number),
  };
  const found = await measure(asked);
  const result = { command: `npm run bench -- ${process.argv.slice(2).filter((word) => word !== values.torch && word !== '--torch').join(' ')}${values.torch ? ' --torch PYTHON' : ''}`,
    machine: { platform: platform(), cpu: cpus()[0]?.model, cores: cpus().length, loadBefore: load }, ...found };
  if (values.torch) {
    result.torch = torchStep(values.torch, { ...found.size, rounds: asked.rounds, products: asked.products, eagerOnly: values['eager-only'] });
    for (const step of result.torch.steps) if (step.ms) step.oursIs = found.tokensPerSecond / step.tokensPerSecond;
    const peak = Number(values['peak-tflops']);
    if (peak) result.ofPeak = { step: (1000 * found.gflop) / found.ms / (1000 * peak), matmul: found.matmul.map(({ size, gflops }) => ({ size, share: gflops / (1000 * peak) })) };
  }
  console.log(JSON.stringify(result, null, 2));
  if (!values['no-write']) {
    mkdirSync(join(root, 'bench/results'), { recursive: true });
    const device = found.device.kind === 'processor' ? 'processor' : [found.device.vendor, found.device.architecture].filter(Boolean).join('-') || 'unknown';
    const path = join(root, 'bench/results', `${mode}${mode === 'step' ? `-${asked.size}` : ''}-${device}.json`);
    writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
    say(`wrote ${path}`);
    if (mode === 'scaling') scalingPages(result, device);
  }
  return 0;
}
