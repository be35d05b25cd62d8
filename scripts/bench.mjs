/**
 * `npm run bench`: tokens a second of one training step, ours against jax-js and TF.js, on one page load, steps interleaved.
 * Options: --steps N (timed steps each, 3), --only a,b, --hardware (the machine's GPU), --unshared (a page that is
 * not isolated, so that no engine can use threads), --no-write. Results: bench/results/.
 * --matmul 512,1024: matrix products of those sizes instead, in every layout, by our kernels and the peers.
 * --check: nothing is written; fails where ours, as a multiple of its peer in the same run, is more than 10 % below what is kept.
 * --generation --peer DIR: answers by our generator and by transformers.js from that folder, so many at once [--at-once 1,64].
 * Without a page, in Node on the device that --gpu names: --scaling [--axes context,batch,parameters,vocabulary] [--from VALUE], --generation
 * (64 answers at once and one), --weights (a weighted loss and a plain one), --torch PYTHON (PyTorch beside it) [--size bench|tiny|100m]
 * [--products 512,1024] [--peak-tflops X] [--eager-only], --dawn (the same without PyTorch).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchAnswers, median, peerVersions, servedFolders } from './benchAnswers.mjs';
import { benchProducts } from './benchProducts.mjs';
import { benchNode } from './benchNode.mjs';
import { regressions } from './benchCheck.mjs';
import { keptBuild } from './build.mjs';
import { chromiumFlags, ensureBrowser, ensureInstalled, root, say, softwareFlag } from './environment.mjs';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '3' },
    only: { type: 'string' },
    hardware: { type: 'boolean', default: false },
    unshared: { type: 'boolean', default: false },
    matmul: { type: 'string' },
    'no-write': { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    scaling: { type: 'boolean', default: false },
    generation: { type: 'boolean', default: false },
    weights: { type: 'boolean', default: false },
    dawn: { type: 'boolean', default: false },
    'eager-only': { type: 'boolean', default: false },
    peer: { type: 'string' }, 'at-once': { type: 'string', default: '1,64' },
    torch: { type: 'string' }, size: { type: 'string' }, products: { type: 'string' }, axes: { type: 'string' }, from: { type: 'string' }, gpu: { type: 'string' }, 'peak-tflops': { type: 'string' },
  },
});
const steps = Number(values.steps);
if (!Number.isInteger(steps) || steps < 1) {
  say(`--steps takes a whole number from 1 up, not ${values.steps}.`);
  process.exit(1);
}

ensureInstalled();
const withPeer = values.generation && values.peer !== undefined;
if (values.scaling || (values.generation && !withPeer) || values.weights || values.dawn || values.torch) process.exit(await benchNode(values));
const executablePath = await ensureBrowser();
if (!executablePath) process.exit(1);

const bench = join(root, 'bench');
const configFile = join(root, 'vite.config.ts');
const outDir = await keptBuild('bench', ['bench', 'src', 'shaders', 'kernels', 'vite.config.ts', 'package-lock.json'], async (folder) => {
  say('Building the bench page.');
  const { build } = await import('vite');
  await build({ root: bench, configFile, logLevel: 'error', publicDir: false, build: { outDir: folder, emptyOutDir: true, chunkSizeWarningLimit: 4000 } });
});
// Other work on the machine slows every engine: the load before the start goes with the result.
const loadBefore = Math.round(loadavg()[0] * 10) / 10;
const { preview } = await import('vite');
const server = await preview({ root: bench, configFile, plugins: withPeer ? [servedFolders(values.peer)] : [], logLevel: 'error', build: { outDir }, preview: { port: 4273, host: '127.0.0.1', ...(values.unshared ? { headers: {} } : {}) } });

const { chromium } = await import('playwright');
const adapterFlags = values.hardware ? ['--enable-features=Vulkan', '--use-angle=vulkan', '--ignore-gpu-blocklist'] : [softwareFlag];
// Headless by flag: Playwright's own headless mode may pick a shell without WebGPU.
const browser = await chromium.launch({ executablePath, headless: false, args: [...chromiumFlags, ...adapterFlags] });

async function measure() {
  const page = await browser.newPage();
  page.on('pageerror', (error) => say(`page: ${error.message}`));
  page.setDefaultTimeout(0);
  await page.goto(server.resolvedUrls.local[0]);
  const about = await page.evaluate(async () => ({
    adapter: await window.bench.adapter(), names: window.bench.names, shape: window.bench.shape, tokens: window.bench.tokensPerStep,
  }));
  if (!about.adapter) throw new Error('This browser gives no WebGPU adapter.');
  const chosen = values.only?.split(',') ?? about.names;
  const runs = new Map(chosen.map((name) => [name, { losses: [], ms: [], best: [], error: undefined }]));
  // Step 0 is apart: it makes the model and compiles. Then one step each in turn, so that a slow moment hits all alike.
  for (let round = 0; round <= steps; round++) {
    for (const [name, run] of runs) {
      if (run.error) continue;
      try {
        const { loss, ms } = await page.evaluate((which) => window.bench.step(which), name);
        run.losses.push(loss);
        run.ms.push(ms);
        // The roofline: the best product right after the step, so that a slow moment lowers both.
        const best = round > 0 && (await page.evaluate((which) => window.bench.bestProduct(which), name));
        if (best) run.best.push(best);
        say(`step ${round} ${name.padEnd(15)} ${(ms / 1000).toFixed(2)} s, loss ${loss.toFixed(4)}`);
      } catch (error) {
        run.error = error.message.split('\n')[0];
        say(`${name}: ${run.error}`);
      }
    }
  }
  for (const run of runs.values()) {
    if (run.best.length === 0) continue;
    const { sharesOfFastest, ...each } = await page.evaluate((given) => window.bench.rooflines(...given), [run.ms.slice(1), run.best]);
    run.roofline = { ...each, share: median(each.shares), shareOfFastest: median(sharesOfFastest) };
  }
  return { about, runs };
}

async function products() {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(server.resolvedUrls.local[0]);
  const adapter = await page.evaluate(() => window.bench.adapter());
  const path = join(bench, 'results', `matmul-${[adapter.vendor, adapter.architecture].filter(Boolean).join('-') || 'unknown'}.json`);
  const writes = !values['no-write'] && !values.only;
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, browser: browser.version() };
  await benchProducts(page, values.matmul.split(',').map(Number), steps, values.only?.split(','), (row) => {
    if (!writes) return;
    // What is kept of other sizes and layouts stays.
    const kept = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).rows : [];
    const rows = [...kept.filter(({ size, layout }) => size !== row.size || layout !== row.layout), { ...row, load: Math.round(loadavg()[0] * 10) / 10 }];
    writeFileSync(path, `${JSON.stringify({ command: `npm run bench -- --matmul ${values.matmul}`, adapter, machine, rows }, null, 2)}\n`);
  });
  if (writes) say(`wrote ${path}`);
}

async function answers() {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(server.resolvedUrls.local[0]);
  const adapter = await page.evaluate(() => window.bench.adapter());
  const { student, maxTokens } = await page.evaluate(() => window.bench.answers);
  const versions = peerVersions(values.peer, student);
  if (!versions) return false;
  const path = join(bench, 'results', `generation-peer-${[adapter.vendor, adapter.architecture].filter(Boolean).join('-') || 'unknown'}${values.unshared ? '-unshared' : ''}.json`);
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, browser: browser.version(), loadBefore };
  const command = 'npm run bench -- --generation --peer DIR';
  await benchAnswers(page, values['at-once'].split(',').map(Number), steps, values.only?.split(','), (row) => {
    if (values['no-write'] || values.only) return;
    // What is kept of other numbers at once stays.
    const others = (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).rows : []).filter(({ atOnce }) => atOnce !== row.atOnce);
    const rows = [...others, { ...row, load: Math.round(loadavg()[0] * 10) / 10 }].sort((a, b) => a.atOnce - b.atOnce);
    writeFileSync(path, `${JSON.stringify({ command, adapter, machine, versions, student, maxTokens, rows }, null, 2)}\n`);
  });
  return true;
}

let failed = false;
try {
  if (withPeer) {
    failed = !(await answers());
    await browser.close();
    await server.close();
    process.exit(failed ? 1 : 0);
  }
  if (values.matmul) {
    await products();
    await browser.close();
    await server.close();
    process.exit(0);
  }
  const { about, runs } = await measure();
  const engines = [...runs].filter(([, run]) => !run.error).map(([name, { losses, ms, roofline }]) => {
    const middle = median(ms.slice(1));
    const rate = Math.round((10 * about.tokens * 1000) / middle) / 10;
    return { name, tokensPerSecond: rate, medianMs: Math.round(middle), firstMs: Math.round(ms[0]), ...(roofline && { roofline }), losses };
  });
  const columns = (...cells) => console.log(cells.map((cell, n) => (n === 0 ? String(cell).padEnd(16) : String(cell).padStart(12))).join(''));
  columns('engine', 'tokens/s', 'ms/step', 'first ms', 'loss 0', `loss ${steps}`, 'ours is', 'of roofline', 'of fastest');
  const percent = (share) => (share === undefined ? '-' : `${(100 * share).toFixed(0)} %`);
  // The fastest of ours is what the studio would choose.
  const ours = engines.filter(({ name }) => name.startsWith('ours')).sort((a, b) => b.tokensPerSecond - a.tokensPerSecond)[0];
  for (const { name, tokensPerSecond, medianMs, firstMs, roofline, losses } of engines) {
    const ratio = ours ? `${(ours.tokensPerSecond / tokensPerSecond).toFixed(1)}x` : '-';
    columns(name, tokensPerSecond, medianMs, firstMs, losses[0].toFixed(4), losses[steps].toFixed(4), ratio, percent(roofline?.share), percent(roofline?.shareOfFastest));
  }
  // Same numbers in, same numbers out: an engine that differs has not done the same work.
  for (let at = 0; at <= steps; at++) {
    const seen = engines.map(({ losses }) => losses[at]);
    if (Math.max(...seen) - Math.min(...seen) > 1e-3) {
      failed = true;
      say(`The losses of step ${at} differ by more than 0.001: ${engines.map(({ name }, n) => `${name} ${seen[n]}`).join(', ')}.`);
    }
  }
  failed ||= engines.length < runs.size;
  const slug = [about.adapter.vendor, about.adapter.architecture, ...(values.unshared ? ['unshared'] : [])].filter(Boolean).join('-') || 'unknown';
  const kept = join(bench, 'results', `${slug}.json`);
  if (values.check && !failed) {
    if (!existsSync(kept)) throw new Error(`nothing is kept for this adapter; run the bench once without --check to keep ${slug}.json`);
    const fallen = regressions(JSON.parse(readFileSync(kept, 'utf8')).engines, engines);
    for (const line of fallen) say(line);
    if (fallen.length === 0) say('No regression over 10 % against what is kept.');
    failed = fallen.length > 0;
  }
  if (!values['no-write'] && !values.check && !failed) {
    const machine = { platform: platform(), arch: arch(), cpu: cpus()[0]?.model, cores: cpus().length, browser: browser.version(), loadBefore };
    mkdirSync(join(bench, 'results'), { recursive: true });
    const path = join(bench, 'results', `${slug}.json`);
    writeFileSync(path, `${JSON.stringify({ command: `npm run bench${values.unshared ? ' -- --unshared' : ''}`, adapter: about.adapter, machine, shape: about.shape, steps, engines }, null, 2)}\n`);
    say(`wrote ${path}`);
  }
} catch (error) {
  failed = true;
  say(`The bench stopped: ${error.message}`);
} finally {
  await browser.close();
  await server.close();
}
process.exit(failed ? 1 : 0);
