/** `ledger`: what left for which teacher and what it cost; the ledger of a folder out to a file, or in from one. */
import { openFileStore } from '../store/fileStore';
import { storedLedger } from '../studio/ledger';
import { importLedger, ledgerLine } from '../teacher/ledger/jsonl';
import { leftFor } from '../teacher/ledger/left';
import type { Command, Result } from './command';
import { needFolder } from './folders';
import { fileLines, writePieces } from './lines';

const TOLD_PROBLEMS = 5;

export const ledgerCommand: Command = {
  name: 'ledger',
  summary: 'What left for which teacher and what it cost; exports and imports the ledger of a folder.',
  usage: 'ledger DIR [--import F.jsonl] [--export F.jsonl]',
  positionals: ['DIR'],
  options: { import: { type: 'string' }, export: { type: 'string' } },
  async run(given, { terminal }): Promise<Result> {
    const [folder] = given.positionals;
    await needFolder(folder);
    const ledger = storedLedger(await openFileStore(folder));
    const source = given.text('import');
    const imported = source === undefined ? undefined : await importLedger(ledger, fileLines(source));
    for (const { line, message } of imported?.problems.slice(0, TOLD_PROBLEMS) ?? []) terminal.note(`${source}, line ${line} is left out: ${message}`);
    const entries = await ledger.all();
    const target = given.text('export');
    if (target !== undefined) await writePieces(target, entries.map(ledgerLine));
    const left = leftFor(entries);
    const lines = left.map(({ recipient, remote, rows, spent: { tries, answered, failed, inputTokens, outputTokens, money, unpriced, unheard } }) => [
      `${recipient}${remote ? '' : ' (on this machine)'}`,
      `  ${rows} rows in ${tries} requests, ${answered} answered, ${failed} failed; ${inputTokens} tokens in, ${outputTokens} out`,
      `  ${money.toFixed(4)} US dollars${unpriced > 0 ? `, and ${unpriced} calls of unknown price` : ''}`,
      ...(unheard.tries > 0 ? [`  ${unheard.tries} requests without a reply may have cost up to ${unheard.tokens} tokens more`] : []),
    ].join('\n'));
    return {
      json: { entries: entries.length, left, imported, exported: target },
      text: lines.length > 0 ? lines.join('\n') : 'Nothing has left this machine from here.',
    };
  },
};
