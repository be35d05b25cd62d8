/** `tokenize`: the token ids of a text, by a student's own tokenizer. */
import { StudioError } from '../core/errors';
import { openTokenizer } from '../model/openTokenizer';
import type { Command, Result } from './command';
import { readNamedFile, studentSources } from './folders';

export const tokenizeCommand: Command = {
  name: 'tokenize',
  summary: 'The token ids of a text, by a student’s own tokenizer.',
  usage: 'tokenize --student DIR|FILE --text-file F [--special]',
  options: { student: { type: 'string' }, 'text-file': { type: 'string' }, special: { type: 'boolean' } },
  async run(given): Promise<Result> {
    const path = given.needed('student');
    const file = given.needed('text-file');
    const text = exactText(await readNamedFile(file), file);
    const { tokenizer } = await openTokenizer(path, await studentSources(path));
    const tokenIds = given.flag('special') ? tokenizer.encodeSpecial(text) : tokenizer.encode(text);
    const lines = tokenIds.map((id) => `${String(id).padStart(8)}  ${JSON.stringify(tokenizer.piece(id) ?? '')}`);
    return { json: { tokenIds }, text: lines.join('\n') };
  },
};

/** The text as it lies, to the last byte: line ends and byte-order marks are tokens too. */
function exactText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new StudioError('data-not-utf8', `The file ${file} is not UTF-8 text.`, { remedy: 'Save it again as UTF-8.', cause });
  }
}
