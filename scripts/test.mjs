/** `npm test`: installs what is missing, runs every gate, and ends with one line of counts. `npm test -- node gpu` runs some of them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBrowser, ensureInstalled, root, say } from './environment.mjs';

const inModules = (path) => join(root, 'node_modules', path);
const vitest = (project) => ({ project, args: [inModules('vitest/vitest.mjs'), 'run', '--project', project] });
const gates = {
  check: { args: [inModules('svelte-check/bin/svelte-check'), '--tsconfig', './tsconfig.json', '--fail-on-warnings', '--output', 'human'] },
  arrows: { args: [join(root, 'scripts/arrows.mjs')] },
  node: vitest('node'),
  alone: vitest('alone'),
  gpu: vitest('gpu'),
  e2e: vitest('e2e'),
};

/** Runs one gate and returns what it counted; a gate that is no test runner counts as one test. */
function runGate(name, env) {
  const { args, project } = gates[name];
  const counts = join(root, '.cache', `counts-${name}.json`);
  rmSync(counts, { force: true });
  const reporters = project ? ['--reporter=default', '--reporter=./scripts/reporter.mjs'] : [];
  const { status } = spawnSync(process.execPath, [...args, ...reporters], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...env, COUNTS_FILE: counts },
  });
  if (!project) return { passed: status === 0 ? 1 : 0, failed: status === 0 ? [] : [name], skipped: [] };
  const counted = existsSync(counts) ? JSON.parse(readFileSync(counts, 'utf8')) : { passed: 0, failed: [], skipped: [] };
  // A runner that ended badly, or ran nothing, has not passed, whatever it counted.
  if (counted.failed.length === 0 && (status !== 0 || counted.passed === 0)) counted.failed.push(`${name} ended with status ${status}`);
  return counted;
}

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !(name in gates));
if (unknown) {
  say(`There is no gate called ${unknown}. The gates are ${Object.keys(gates).join(', ')}.`);
  process.exit(1);
}

ensureInstalled();
mkdirSync(join(root, '.cache'), { recursive: true });
const browser = await ensureBrowser();
const env = browser ? { ...process.env, CHROMIUM_PATH: browser } : process.env;
console.log(browser ? `Browser: ${browser}` : 'No browser: the tests that need one will fail.');

const total = { passed: 0, failed: [], skipped: [] };
const lines = [];
for (const name of chosen.length > 0 ? chosen : Object.keys(gates)) {
  console.log(`\n=== ${name}`);
  const started = performance.now();
  const { passed, failed, skipped } = runGate(name, env);
  const seconds = Math.round((performance.now() - started) / 1000);
  const verdict = failed.length > 0 ? 'FAIL' : 'ok  ';
  lines.push(`${verdict} ${name.padEnd(8)} ${passed} passed, ${failed.length} failed, ${skipped.length} skipped, ${seconds} s`);
  total.passed += passed;
  total.failed.push(...failed);
  total.skipped.push(...skipped);
}

console.log(`\n${lines.join('\n')}`);
for (const failure of total.failed) console.log(`failed: ${failure}`);
for (const skip of total.skipped) console.log(`skipped: ${skip}`);
const skippedCount = total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : '';
console.log(`${total.passed} passed, ${total.failed.length} failed${skippedCount}`);
process.exit(total.failed.length > 0 ? 1 : 0);
