/** Batched answers: independent of their neighbours, repeatable, and drawn from the distribution they claim. */
import { describe, expect, it } from 'vitest';
import { encodePrompt } from '../../src/train/example';
import { Generator } from '../../src/train/generate';
import { nll } from '../../src/train/nll';
import { paramsOf } from '../../src/model/tensorSource';
import { devices } from '../gpu/engine';
import { tinyStudent } from './tinyStudent';

const student = await tinyStudent(5);
const prompts = ['1+2', '4-1?', 'a', '20+15 b', '7+7', '0', '99-11', 'ab ab'].map((question) => encodePrompt(student, question));
const greedy = { maxTokens: 12, temperature: 0, seed: 0 };

describe.each(devices)('on %s', (_, testEngine) => {
  async function generator(slots: number): Promise<Generator> {
    return Generator.create(await testEngine(), student, student.params, { slots });
  }

  describe('answers', () => {
    it('are the most likely token at every step, by the training path’s own likelihoods', async () => {
      const answering = await generator(3);
      const [{ ids }] = await answering.answer([prompts[3]], { ...greedy, maxTokens: 3 });
      const engine = await testEngine();
      for (let length = 0; length < ids.length; length++) {
        const start = [...prompts[3], ...ids.slice(0, length)];
        const chances = await Promise.all(Array.from({ length: student.config.vocab }, async (_, id) => (await nll(engine, student, [...start, id])).at(-1) ?? Infinity));
        expect(chances.indexOf(Math.min(...chances))).toBe(ids[length]);
      }
      answering.dispose();
    });

    it('do not depend on how many slots there are or who sits beside them', async () => {
      const [narrow, wide] = [await generator(2), await generator(8)];
      const sampling = { ...greedy, temperature: 0.8, topK: 9, topP: 0.9, seed: 11 };
      expect(await narrow.answer(prompts, greedy)).toEqual(await wide.answer(prompts, greedy));
      expect(await narrow.answer(prompts, sampling)).toEqual(await wide.answer(prompts, sampling));
      narrow.dispose();
      wide.dispose();
    });

    it('follow the weights: another student’s once they are set, and what training made of them', async () => {
      const other = await tinyStudent(6);
      const [fresh, answering] = [await Generator.create(await testEngine(), other, other.params, { slots: 8 }), await generator(8)];
      const [before, wanted] = [await answering.answer(prompts, greedy), await fresh.answer(prompts, greedy)];
      expect(before).not.toEqual(wanted);
      await answering.setParams(other.params);
      expect(await answering.answer(prompts, greedy)).toEqual(wanted);
      await answering.setTrained(await paramsOf(student.params));
      expect(await answering.answer(prompts, greedy)).toEqual(before);
      fresh.dispose();
      answering.dispose();
    });

    it('are the same when the slots at work have moved into a smaller step, whose rows are fewer', async () => {
      const engine = await testEngine();
      const rows: number[] = [];
      const watched: typeof engine = Object.create(engine, {
        lower: {
          value: (nodes: Parameters<typeof engine.lower>[0]) => {
            rows.push(...nodes.filter(({ op }) => op.name === 'sample').map(({ inputs }) => inputs[0].shape[0]));
            return engine.lower(nodes);
          },
        },
      });
      const many = Array.from({ length: 2 }, (_, i) => prompts.map((prompt) => prompt.concat(Array.from({ length: i }, () => 5)))).flat();
      const sampling = { maxTokens: 24, temperature: 1, seed: 4 };
      const [moving, narrow] = [await Generator.create(watched, student, student.params, { slots: 16 }), await generator(8)];
      expect(await moving.answer(many, sampling)).toEqual(await narrow.answer(many, sampling));
      expect(rows).toEqual([16, 8]);
      moving.dispose();
      narrow.dispose();
    });

    it('repeat with the seed and differ without it', async () => {
      const answering = await generator(8);
      const draw = (seed: number) => answering.answer(prompts, { ...greedy, temperature: 1, seed });
      const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
      expect(again).toEqual(first);
      expect(other).not.toEqual(first);
      answering.dispose();
    });

    it('are drawn as often as the model says, within three standard errors, and top-k keeps k', async () => {
      const answering = await generator(64);
      const count = 1024;
      const many = Array.from({ length: count }, () => prompts[0]);
      const frequency = async (extra: object) => {
        const found = new Map<number, number>();
        for (const { ids, truncated } of await answering.answer(many, { maxTokens: 1, temperature: 1, seed: 3, ...extra })) {
          const id = truncated ? ids[0] : -1; // −1: the end-of-text token
          found.set(id, (found.get(id) ?? 0) + 1);
        }
        return found;
      };
      const engine = await testEngine();
      const seen = await frequency({});
      for (let id = 0; id < student.config.vocab; id++) {
        const p = Math.exp(-((await nll(engine, student, [...prompts[0], id])).at(-1) ?? Infinity));
        const share = (seen.get(student.config.eosIds.includes(id) ? -1 : id) ?? 0) / count;
        expect(Math.abs(share - p), `token ${id}`).toBeLessThan(3.5 * Math.sqrt((p * (1 - p)) / count) + 1e-3);
      }
      expect((await frequency({ topK: 3 })).size).toBe(3);
      expect((await frequency({ topP: 1e-6 })).size).toBe(1);
      answering.dispose();
    });

    it('stop at the limit and say so', async () => {
      const answering = await generator(4);
      const answers = await answering.answer(prompts, { ...greedy, maxTokens: 2 });
      for (const { ids, truncated } of answers) expect(truncated ? ids.length === 2 : ids.length <= 2).toBe(true);
      answering.dispose();
    });

    it('refuse a prompt that is too long or empty', async () => {
      const answering = await generator(2);
      await expect(answering.answer([Array.from({ length: 64 }, () => 5)], greedy)).rejects.toMatchObject({ code: 'prompt-too-long', where: 'prompt 1' });
      await expect(answering.answer([[5], []], greedy)).rejects.toMatchObject({ code: 'prompt-too-long', where: 'prompt 2' });
      answering.dispose();
    });
  });
});

it('draws the same ids on either device, seed by seed', async () => {
  const [onWebGpu, onProcessor] = await Promise.all(devices.map(async ([, open]) => Generator.create(await open(), student, student.params, { slots: 8 })));
  for (const extra of [{}, { topK: 5 }, { topP: 0.8 }]) {
    for (const seed of [1, 2, 3]) {
      const options = { maxTokens: 12, temperature: 0.9, seed, ...extra };
      expect(await onProcessor.answer(prompts, options)).toEqual(await onWebGpu.answer(prompts, options));
    }
  }
  onWebGpu.dispose();
  onProcessor.dispose();
});
