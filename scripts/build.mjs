/** Builds that are kept by the state of their sources: a build is made once, and found again while nothing changed. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './environment.mjs';

const keptHours = 6;

function* files(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isDirectory()) yield [path, stat];
  else for (const name of readdirSync(path).sort()) yield* files(join(path, name));
}

/** A name for the present state of the sources, from their paths, sizes and times. */
function stateOf(sources) {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const [path, stat] of files(join(root, source))) hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * The folder of a build of `sources`, made by `build(outDir)` if there is none of their present state. Two processes may
 * ask at once: each builds aside and the first to finish is kept. Old builds go once no process can still run from them.
 */
export async function keptBuild(name, sources, build) {
  const home = join(root, '.cache', name);
  const folder = join(home, stateOf(sources));
  if (existsSync(folder)) {
    utimesSync(folder, new Date(), new Date());
    return folder;
  }
  const aside = `${folder}.${process.pid}`;
  await build(aside);
  try {
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  for (const old of readdirSync(home)) {
    const path = join(home, old);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > keptHours * 3_600_000) rmSync(path, { recursive: true, force: true });
  }
  return folder;
}
