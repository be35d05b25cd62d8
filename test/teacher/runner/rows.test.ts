// Rows through a teacher: each ends once, failures are the row's own or everybody's.
import { expect, it } from 'vitest';
import { StudioError } from '../../../src/core/errors';
import { TeacherFailure } from '../../../src/teacher/failure';
import { runRows } from '../../../src/teacher/runner/rows';

const rows = Array.from({ length: 100 }, (_, i) => ({ id: `r${i}`, i }));
const options = () => ({ rowsAtOnce: 8, signal: new AbortController().signal });
const pause = () => new Promise((resolve) => setImmediate(resolve));

it('keeps the order of the rows, and lists those that failed with the reason', async () => {
  let atOnce = 0;
  let most = 0;
  const outcomes = await runRows(rows, async ({ i }) => {
    most = Math.max(most, ++atOnce);
    for (let n = 0; n < (i * 7) % 5; n++) await pause();
    atOnce--;
    if (i % 10 === 3) throw new TeacherFailure('teacher-cut');
    return i;
  }, options());
  expect(most).toBe(8);
  outcomes.forEach((outcome, i) => {
    if (i % 10 === 3) expect(outcome).toMatchObject({ failure: { row: `r${i}`, code: 'teacher-cut' } });
    else expect(outcome).toEqual({ value: i });
  });
});

it('stops at a failure that every row would meet, once what is under way has ended', async () => {
  let ended = 0;
  const work = async ({ i }: { i: number }) => {
    if (i === 5) throw new TeacherFailure('teacher-bad-key');
    for (let n = 0; n < 3; n++) await pause();
    ended++;
  };
  await expect(runRows(rows, work, options())).rejects.toMatchObject({ code: 'teacher-bad-key' });
  expect(ended).toBe(7);
});

it('stops when rows fail and fail with no success between them', async () => {
  let asked = 0;
  const work = async () => {
    asked++;
    throw new TeacherFailure('teacher-server');
  };
  await expect(runRows(rows, work, options())).rejects.toMatchObject({ code: 'teacher-server' });
  expect(asked).toBeGreaterThanOrEqual(30);
  expect(asked).toBeLessThan(30 + 8);
});

it('ends with the signal, and with errors nobody expected', async () => {
  const stop = new AbortController();
  const work = async ({ i }: { i: number }) => {
    if (i === 20) stop.abort();
    await pause();
    return i;
  };
  await expect(runRows(rows, work, { rowsAtOnce: 2, signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
  await expect(runRows(rows, async () => { throw new StudioError('store-full', 'full'); }, options())).rejects.toMatchObject({ code: 'store-full' });
});
