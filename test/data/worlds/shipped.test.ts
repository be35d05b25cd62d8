import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shippedStudents, studentFolder } from '../../../src/data/worlds/shipped';
import { memorySources } from '../../../src/model/byteSource';
import { openStudent } from '../../../src/model/student';

const root = join(import.meta.dirname, '../../../public');

it('lists exactly the students that are there', () => {
  const folders = readdirSync(join(root, 'students')).map((name) => `students/${name}`);
  expect(shippedStudents.map(studentFolder).sort()).toEqual(folders.sort());
});

it.each(shippedStudents)('world $world, student $seed loads, and says how it was made', async (shipped) => {
  const folder = join(root, studentFolder(shipped));
  const files = new Map(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
  expect((await openStudent(folder, memorySources(files))).params.size).toBeGreaterThan(0);
  expect(existsSync(join(folder, 'manifest.json'))).toBe(true);
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Record<string, unknown>;
  expect(manifest).toMatchObject({ world: shipped.world, seed: shipped.seed, command: expect.any(String), commit: expect.any(String) });
  expect(manifest.finalLoss).toBeLessThan(0.2);
});
