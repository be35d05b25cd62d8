/** The students that come with the studio, under `public/students`: one a world and seed, made by `pretrain`. */
import type { World } from '../types';

export interface ShippedStudent {
  world: World['id'];
  seed: number;
}

/** A test holds this list to the folders that are there. */
export const shippedStudents: readonly ShippedStudent[] = [
  { world: 'A', seed: 0 }, { world: 'A', seed: 1 }, { world: 'A', seed: 2 }, { world: 'A', seed: 3 }, { world: 'A', seed: 4 },
  { world: 'B1', seed: 0 }, { world: 'B1', seed: 1 }, { world: 'B1', seed: 2 }, { world: 'B1', seed: 3 }, { world: 'B1', seed: 4 },
];

/** Folder under `public/`. */
export function studentFolder({ world, seed }: ShippedStudent): string {
  return `students/world-${world.toLowerCase()}-${seed}`;
}

export function studentTitle({ world, seed }: ShippedStudent): string {
  return `World ${world}, student ${seed}`;
}

/** The title of a student that a project names by its folder; undefined for any other. */
export function shippedTitle(folder: string): string | undefined {
  const shipped = shippedStudents.find((one) => studentFolder(one) === folder);
  return shipped && studentTitle(shipped);
}
