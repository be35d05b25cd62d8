/** The students that come with the studio, and what their folders tell. */

export const STUDENTS = (['a', 'b1'] as const).flatMap((world) =>
  [0, 1, 2].map((seed) => ({
    folder: `students/world-${world}-${seed}`,
    title: `World ${world.toUpperCase()}, student ${seed}`,
  })),
);
