/** Short stories with two steps. */

import { problem, type Family } from '../family';
import { difference, product, sum, type Step } from '../working';

export const names = ['tom', 'mia', 'sam', 'ann', 'leo', 'eva'];
export const nouns = ['pens', 'nuts', 'eggs', 'toys', 'cards', 'coins'];
export const gains = ['buys', 'gets', 'finds'];
export const losses = ['loses', 'sells', 'uses'];

export const multi: Family = {
  name: 'multi',
  description: 'Carrying a result on: stories and questions with two parts',
  draw(random, larger) {
    const [name, noun, gain, loss] = [random.pick(names), random.pick(nouns), random.pick(gains), random.pick(losses)];
    const told = (form: string, start: string, steps: [Step, Step], events: string[]) => problem(
      form, steps,
      [`${name} has ${start}, ${events.join(', ')}. left?`],
      [`${name}: ${start}. ${events.join('. ')}. left?`],
    );
    const form = random.below(4);
    if (form >= 2) {
      const [x, y] = [larger ? random.between(10, 12) : random.between(2, 9), random.between(2, 9)];
      const [total, grows] = [x * y, form === 2];
      const z = random.between(3, grows ? 40 : Math.min(40, total - 1));
      const last = grows ? sum(total, z) : difference(total, z);
      return told(`boxes${grows ? '+' : '-'},${x},${y},${z}`, `${x} boxes of ${y} ${noun}`, [product(x, y), last],
        [`${grows ? gain : loss} ${z}`]);
    }
    const a = larger ? random.between(50, 75) : random.between(11, 49);
    const [b, c] = [random.between(3, 30), random.between(3, a - 2)];
    const [won, lost] = [`${gain} ${b}`, `${loss} ${c}`];
    return form === 0
      ? told(`+-,${a},${b},${c}`, `${a} ${noun}`, [sum(a, b), difference(a + b, c)], [won, lost])
      : told(`-+,${a},${b},${c}`, `${a} ${noun}`, [difference(a, c), sum(a - c, b)], [lost, won]);
  },
};
