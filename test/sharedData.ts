/** Test data that lies beside the checkout and is never committed. A test that needs it skips, and says so, where it is absent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../shared/data');

export function hasSharedData(name: string): boolean {
  return existsSync(join(folder, name));
}

export function sharedPath(...parts: string[]): string {
  return join(folder, ...parts);
}

/** All files of a shared folder by name. */
export function sharedFiles(...parts: string[]): Map<string, Uint8Array> {
  const at = join(folder, ...parts);
  const files = readdirSync(at, { withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map(({ name }) => [name, new Uint8Array(readFileSync(join(at, name)))]));
}

export function sharedJson<T>(...parts: string[]): T {
  return JSON.parse(readFileSync(join(folder, ...parts), 'utf8')) as T;
}
