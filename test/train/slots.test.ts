// Slots that are still at work move together; steps get as many rows as are needed.
import { expect, it } from 'vitest';
import { NO_SLOT } from '../../src/gpu/ops/cache';
import { rowsFor, SlotHost, smallerSteps } from '../../src/train/slots';

it('steps have all rows, half of them, and so on down to eight', () => {
  expect(smallerSteps(64)).toEqual([32, 16, 8]);
  expect(smallerSteps(20)).toEqual([10]);
  expect(smallerSteps(15)).toEqual([8]);
  for (const slots of [1, 7, 8, 14]) expect(smallerSteps(slots)).toEqual([]);
  expect([64, 33, 32, 9, 8, 1].map((busy) => rowsFor(busy, 64))).toEqual([64, 64, 32, 16, 8, 8]);
  expect(rowsFor(100, 64)).toBe(64);
});

it('keeps what every slot at work holds, and where its keys lie', () => {
  const host = new SlotHost(16, 4, 32);
  for (let slot = 0; slot < 16; slot++) host.assign(slot, 100 + slot, [1, 2, 3 + slot]);
  // All but 3, 9 and 14 are done, with one token each.
  for (let slot = 0; slot < 16; slot++) host.written.set([1, 2, 50 + slot], slot * 6);
  host.active.forEach((_, slot) => (host.active[slot] = [3, 9, 14].includes(slot) ? slot : NO_SLOT));
  expect(host.collect().map(({ request }) => request)).toEqual([...Array(16).keys()].filter((i) => ![3, 9, 14].includes(i)).map((i) => 100 + i));
  expect(host.busy()).toBe(3);
  const moved = host.movedTo(8);
  expect(moved.rows).toBe(8);
  expect([...moved.active]).toEqual([3, 9, 14, ...Array(5).fill(NO_SLOT)]);
  expect([...moved.tokens.subarray(0, 3)]).toEqual([6, 12, 17]);
  expect([...moved.positions.subarray(0, 3)]).toEqual([2, 2, 2]);
  expect([...moved.requests.subarray(0, 6)]).toEqual([103, 4, 109, 4, 114, 4]);
  moved.active.fill(NO_SLOT);
  expect(moved.collect()).toEqual([3, 9, 14].map((slot) => ({ request: 100 + slot, answer: { ids: [50 + slot], truncated: true } })));
});
