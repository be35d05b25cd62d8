/** `generate`: what a student writes after a prompt. */
import { encodePrompt, startIds } from '../train/example';
import { Generator } from '../train/generate';
import type { Command, Result } from './command';
import { openNodeEngine } from './nodeEngine';
import { namedStudent, STUDENT_OPTIONS } from './student';

export const generateCommand: Command = {
  name: 'generate',
  summary: 'What a student writes after a prompt.',
  usage: 'generate --student DIR [--adapter DIR] [--base f32|f16|q8|q4] --prompt T --max-tokens N [--chat] [--temperature 0] [--top-k N] [--top-p X] [--seed N]',
  options: {
    ...STUDENT_OPTIONS, prompt: { type: 'string' }, 'max-tokens': { type: 'string' }, temperature: { type: 'string' },
    'top-k': { type: 'string' }, 'top-p': { type: 'string' }, seed: { type: 'string' },
    chat: { type: 'boolean' },
  },
  async run(given, { terminal, signal }): Promise<Result> {
    const student = await namedStudent(given);
    const prompt = given.needed('prompt');
    const options = {
      maxTokens: given.integer('max-tokens', 100, 1),
      temperature: given.number('temperature', 0),
      topK: given.text('top-k') === undefined ? undefined : given.integer('top-k', 0, 1),
      topP: given.text('top-p') === undefined ? undefined : given.number('top-p', 1, 0, 1),
      seed: given.integer('seed', 0),
    };
    const ids = given.flag('chat') ? encodePrompt(student, prompt) : [...startIds(student), ...student.tokenizer.encode(prompt)];
    const engine = await openNodeEngine(given, terminal);
    const generator = await Generator.create(engine, student);
    const [answer] = await generator.answer([ids], options, undefined, signal);
    generator.dispose();
    const text = student.tokenizer.decode(answer.ids);
    return { json: { text, tokenIds: answer.ids, promptIds: ids, truncated: answer.truncated }, text: prompt + text };
  },
};
