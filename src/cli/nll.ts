/** `nll`: how surprised a student is by each token of a text. */
import type { Command, Result } from './command';
import { readNamedFile } from './folders';
import { openNodeEngine } from './nodeEngine';
import { namedStudent, STUDENT_OPTIONS } from './student';
import { decodeText } from '../data/decodeText';
import { startIds } from '../train/example';
import { nll } from '../train/nll';

export const nllCommand: Command = {
  name: 'nll',
  summary: 'The negative log-likelihood (nats) a student gives each token of a text.',
  usage: 'nll --student DIR [--adapter DIR] [--base f32|f16|q8|q4] --text-file F',
  options: { ...STUDENT_OPTIONS, 'text-file': { type: 'string' } },
  async run(given, { terminal }): Promise<Result> {
    const student = await namedStudent(given);
    const file = given.needed('text-file');
    const text = decodeText(await readNamedFile(file), file);
    const tokenIds = [...startIds(student), ...student.tokenizer.encode(text)];
    const engine = await openNodeEngine(given, terminal);
    const values = await nll(engine, student, tokenIds);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { json: { tokenIds, nll: values, mean }, text: `${values.length} tokens, mean ${mean.toFixed(6)} nats.` };
  },
};
