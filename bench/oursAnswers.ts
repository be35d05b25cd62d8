/** The bench's answers by our own engine: the very generator the studio answers with. */
import type { Engine } from '../src/gpu/device';
import { fetchStudent } from '../src/model/load';
import { Generator } from '../src/train/generate';
import { MAX_TOKENS, STUDENT, type Answerer } from './answers';

export async function oursAnswers(engine: Engine): Promise<Answerer> {
  const student = await fetchStudent(new URL(`/students/${STUDENT}`, self.location.origin).href);
  const endless = { ...student, config: { ...student.config, eosIds: [] } };
  const generators = new Map<number, Generator>();
  return {
    async answer(prompts) {
      const ids = prompts.map((prompt) => student.tokenizer.encode(prompt));
      let generator = generators.get(prompts.length);
      if (!generator) {
        const context = Math.max(...ids.map(({ length }) => length)) + MAX_TOKENS;
        generator = await Generator.create(engine, endless, endless.params, { slots: prompts.length, context });
        generators.set(prompts.length, generator);
      }
      const answers = await generator.answer(ids, { maxTokens: MAX_TOKENS, temperature: 0, seed: 0 });
      return answers.map((answer, row) => [...ids[row], ...answer.ids]);
    },
  };
}
