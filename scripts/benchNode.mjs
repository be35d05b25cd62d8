/** The parts of `npm run bench` that need no page: bench/node.ts, built and run in Node on any device, and PyTorch beside it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, platform } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { keptBuild } from './build.mjs';
import { dawnEnvironment, root, say } from './environment.mjs';
import { scalingPages } from './scalingPages.mjs';

const sources = ['bench', 'src', 'shaders', 'kernels', 'vite.config.ts', 'package-lock.json'];

/** Runs one measurement; what it prints, line by line, goes to `take`. */
async function measure(asked, take) {
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
  const child = spawn(process.execPath, [join(folder, 'node.js'), file], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) take(JSON.parse(line));
  const [status] = await ended;
  rmSync(file, { force: true });
  if (status !== 0) throw new Error(`the measurement ended with ${status}`);
}

function torchStep(python, asked) {
  const { status, stdout, error } = spawnSync(python, [join(root, 'bench/torchStep.py'), JSON.stringify(asked)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error(error?.message ?? `${python} ended with ${status}`);
  return JSON.parse(stdout);
}

const AXES = ['context', 'batch', 'parameters', 'vocabulary'];

const deviceName = ({ kind, vendor, architecture }) => (kind === 'processor' ? 'processor' : [vendor, architecture].filter(Boolean).join('-') || 'unknown');

/** Axis by axis, each point kept as soon as it is there, so that a run that is stopped loses one; what is kept of others stays. */
async function scaling(values, about) {
  const found = [];
  for (const axis of (values.axes ?? AXES.join()).split(',')) {
    if (!AXES.includes(axis)) throw new Error(`--axes takes ${AXES.join(', ')}, not ${axis}`);
    await measure({ mode: 'scaling', gpu: values.gpu, rounds: Number(values.steps), axis, from: Number(values.from ?? 0) }, ({ device, point }) => {
      found.push(point);
      if (!values['no-write']) keepPoint(point, device, about);
    });
  }
  if (values['no-write']) console.log(JSON.stringify({ ...about, points: found }, null, 2));
}

function keepPoint(point, device, about) {
  const path = join(root, 'bench/results', `scaling-${deviceName(device)}.json`);
  const others = (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).points : []).filter(({ axis, value }) => axis !== point.axis || value !== point.value);
  const points = [...others, point].sort((a, b) => AXES.indexOf(a.axis) - AXES.indexOf(b.axis) || a.value - b.value);
  const result = { ...about, device, points };
  mkdirSync(join(root, 'bench/results'), { recursive: true });
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  scalingPages(result, deviceName(device));
  say(`kept in ${path}`);
}

/** @returns the exit status. */
export async function benchNode(values) {
  const mode = values.generation ? 'generation' : values.weights ? 'weights' : 'step';
  const about = {
    command: `npm run bench -- ${process.argv.slice(2).filter((word) => word !== values.torch && word !== '--torch').join(' ')}${values.torch ? ' --torch PYTHON' : ''}`,
    machine: { platform: platform(), cpu: cpus()[0]?.model, cores: cpus().length, loadBefore: Math.round(loadavg()[0] * 10) / 10 },
  };
  if (values.scaling) {
    await scaling(values, about);
    return 0;
  }
  const asked = {
    mode, gpu: values.gpu, rounds: Number(values.steps), size: values.size ?? 'bench',
    products: (values.products ?? '512,1024').split(',').map(Number),
  };
  let found;
  await measure(asked, (one) => (found = one));
  const result = { ...about, ...found };
  if (values.torch) {
    result.torch = torchStep(values.torch, { ...found.size, rounds: asked.rounds, products: asked.products, eagerOnly: values['eager-only'] });
    for (const step of result.torch.steps) if (step.ms) step.oursIs = found.tokensPerSecond / step.tokensPerSecond;
    const peak = Number(values['peak-tflops']);
    if (peak) result.ofPeak = { step: (1000 * found.gflop) / found.ms / (1000 * peak), matmul: found.matmul.map(({ size, gflops }) => ({ size, share: gflops / (1000 * peak) })) };
  }
  console.log(JSON.stringify(result, null, 2));
  if (!values['no-write']) {
    mkdirSync(join(root, 'bench/results'), { recursive: true });
    const path = join(root, 'bench/results', `${mode}${mode === 'step' ? `-${asked.size}` : ''}-${deviceName(found.device)}.json`);
    writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
    say(`wrote ${path}`);
  }
  return 0;
}
