/** The import lint passes on this tree and finds each planted fault, and nothing else. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { root } from '../scripts/environment.mjs';

function lint(folder: string) {
  const run = spawnSync(process.execPath, [join(root, 'scripts/arrows.mjs'), folder], { encoding: 'utf8' });
  return { status: run.status, errors: run.stderr.trim().split('\n').filter(Boolean) };
}

/** Runs the lint on a tree of `files` (paths under src), which is gone afterwards. */
function lintPlanted(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'arrows-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      const full = join(folder, 'src', path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
    }
    return lint(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const sound = {
  'core/now.ts': 'export const now = () => Date.now();',
  'data/page.ts': "import { now } from '../core/now';\nexport const document = { prefetch: now };\nexport const page = document.prefetch;",
  'grade/page.ts': "import type { page } from '../data/page';\nexport type P = typeof page;",
  'core/networkDoor.ts': 'export const reach = (url: string) => fetch(url);',
  'train/fit.ts': 'export const fit = (day: string) => new Date(day);',
  'app/Page.svelte': '<script lang="ts">\n  import { page } from \'$src/data/page\';\n</script>\n<p>{page}</p>',
};

/** What is planted: a file of its own for each fault, and what the lint must say of it. */
const faults: [string, Record<string, string>, string][] = [
  ['a wrong arrow', { 'stat/a.ts': "import { fit } from '../train/fit';\nexport const a = fit;" },
    'src/stat/a.ts:1 stat must not import train (train/fit.ts)'],
  ['a value where only types may go', { 'store/a.ts': "export { fit } from '../train/fit';" },
    'src/store/a.ts:1 store must not import train (train/fit.ts)'],
  ['a wrong arrow in a dynamic import', { 'gpu/a.ts': "export const a = () => import('../train/fit');" },
    'src/gpu/a.ts:1 gpu must not import train (train/fit.ts)'],
  ['a wrong arrow in a component', { 'app/A.svelte': '<p></p>\n<script lang="ts">\n  import { fit } from \'../train/fit\';\n</script>' },
    'src/app/A.svelte:3 app must not import train (train/fit.ts)'],
  ['a cycle between files', {
    'gpu/one.ts': "import { b } from './two';\nexport const a = b;",
    'gpu/three.ts': "import { a } from './one';\nexport const c = a;",
    'gpu/two.ts': "import { c } from './three';\nexport const b = c;",
  }, 'cycle: gpu/one.ts -> gpu/two.ts -> gpu/three.ts -> gpu/one.ts'],
  ['the GPU past its door', { 'train/gpu.ts': 'export const a = navigator.gpu;' },
    'src/train/gpu.ts:1 must not use navigator.gpu: only gpu, worker, cli may'],
  ['a database past its door', { 'studio/a.ts': "import Dexie from 'dexie';\nexport const a = Dexie;" },
    'src/studio/a.ts:1 must not import dexie: only store may'],
  ['the network past its door', { 'store/b.ts': "\nexport const a = () => fetch('x');" },
    'src/store/b.ts:2 must not use fetch: only core/networkDoor may'],
  ['chance outside core', { 'data/a.ts': 'export const a = () => Math.random();' }, 'src/data/a.ts:1 must not use Math.random: only core may'],
  ['time outside core', { 'studio/b.ts': 'export const a = () => new Date();' }, 'src/studio/b.ts:1 must not use new Date(): only core may'],
  ['a browser name in a pure room', { 'stat/b.ts': 'export const a = () => document.title;' },
    'src/stat/b.ts:1 must not use document: stat runs without a browser'],
  ['Svelte below app', { 'studio/c.ts': "import { tick } from 'svelte';\nexport const a = tick;" },
    'src/studio/c.ts:1 must not import svelte: only app may'],
  ['a file in no room', { 'misc/a.ts': 'export const a = 1;' }, 'src/misc/a.ts:1 is in no room'],
  ['an import of nothing', { 'core/a.ts': "export { b } from './b';" }, 'src/core/a.ts:1 imports ./b, which is not there'],
];

test('the tree has no wrong arrow, no cycle and no open door', () => {
  expect(lint(root)).toEqual({ status: 0, errors: [] });
});

test('a sound planted tree passes', () => {
  expect(lintPlanted(sound)).toEqual({ status: 0, errors: [] });
});

describe('a planted fault is found', () => {
  let found: ReturnType<typeof lint>;
  beforeAll(() => {
    found = lintPlanted(Object.assign({}, sound, ...faults.map(([, files]) => files)));
  });

  test.each(faults)('%s', (_name, _files, message) => {
    expect(found.errors.filter((error) => error.startsWith(message))).toHaveLength(1);
  });

  test('and nothing besides, with a failing exit status', () => {
    expect(found.errors).toHaveLength(faults.length);
    expect(found.status).toBe(1);
  });
});
