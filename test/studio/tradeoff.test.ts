// Names of arms in the drawing of what was gained and lost: none on another, whatever lies at one place.
import { describe, expect, it } from 'vitest';
import { tradeoff, TRADEOFF_FONT, type Gain } from '../../src/studio/tradeoff';

const names = ['sft', 'balanced', 'shuffled', 'stat-sel', 'stat-sel-replay', 'stat-sel-weighted', 'embed-syn', 'uniform', 'random', 'oracle', 'grpo', 'hard'];
const cases: [string, Gain[]][] = [
  ['all at one place', names.map((arm) => ({ arm, gained: 0.1, kept: -0.02 }))],
  ['all at the right edge', names.map((arm, i) => ({ arm, gained: 0.1 + i * 0.001, kept: 0.05 }))],
  ['two heaps', names.map((arm, i) => ({ arm, gained: i % 2 ? 0.3 : 0.29, kept: i % 2 ? -0.2 : -0.19 }))],
  ['nothing changed', names.map((arm) => ({ arm, gained: 0, kept: 0 }))],
];

interface Box { left: number; right: number; top: number; bottom: number }
const over = (a: Box, b: Box) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

describe.each([342, 640, 720])('in a drawing %i pixels wide', (width) => {
  it.each(cases)('%s', (_, gains) => {
    const height = 340;
    const { points } = tradeoff(gains, width, height);
    expect(tradeoff(gains, width, height)).toEqual(tradeoff([...gains], width, height));
    const dots = points.map(({ x, y }) => ({ left: x - 4, right: x + 4, top: y - 4, bottom: y + 4 }));
    const labels = points.map(({ arm, label }): Box => {
      const size = 0.56 * TRADEOFF_FONT * arm.length;
      return { left: label.end ? label.x - size : label.x, right: label.end ? label.x : label.x + size, top: label.y - 10, bottom: label.y + 3 };
    });
    labels.forEach((label, i) => {
      expect([label.left >= 0, label.right <= width, label.top >= 0, label.bottom <= height], points[i].arm).toEqual([true, true, true, true]);
      labels.slice(0, i).forEach((other, j) => expect(over(label, other), `${points[i].arm} on ${points[j].arm}`).toBe(false));
      for (const dot of dots) expect(over(label, dot), `${points[i].arm} on a point`).toBe(false);
    });
    expect(points.map(({ arm }) => arm)).toEqual(gains.map(({ arm }) => arm));
  });
});

it('leaves a name beside its point where nothing is in the way', () => {
  const { points } = tradeoff([{ arm: 'a', gained: 0.2, kept: 0.1 }, { arm: 'b', gained: -0.1, kept: -0.2 }], 640, 340);
  for (const { x, y, label, apart } of points) expect([label.end, label.x - x, label.y - y, apart]).toEqual([false, 9, 4, false]);
});
