/** Rows of a CSV or TSV file whose first row names the columns. */
import Papa from 'papaparse';
import { StudioError } from '../core/errors';
import { full, limits, onlyFirstRows, sizeText } from './problems';
import type { RawTable } from './problems';

/** Throws `data-line-too-long`: in a CSV an endless line cannot be stepped over. `text` has `\n` line ends only. */
export function readCsv(text: string, name: string): RawTable {
  refuseLongLines(text, name);
  const table: RawTable = { format: 'csv', columns: [], rows: [], problems: [], notices: [] };
  let header: string[] | undefined;
  let line = 1;
  let cursor = 0;
  Papa.parse<string[]>(text, {
    delimiter: delimiterOf(text, name),
    newline: '\n',
    step: ({ data, errors, meta }, parser) => {
      const start = line;
      for (; cursor < meta.cursor; cursor++) if (text.charCodeAt(cursor) === 10) line++;
      if (data.every((field) => field.trim() === '')) return;
      if (!header) {
        header = uniqueNames(data);
        return;
      }
      if (full(table)) {
        table.notices.push(onlyFirstRows);
        parser.abort();
        return;
      }
      if (errors.some((error) => error.type === 'Quotes')) {
        table.problems.push({ line: start, message: 'A quotation mark that opens here is not closed properly.' });
      } else if (data.slice(header.length).some((field) => field.trim() !== '')) {
        const counts = `${data.length} fields, but the first row names ${header.length} columns`;
        table.problems.push({ line: start, message: `This row has ${counts}.` });
      } else {
        table.rows.push({ line: start, fields: new Map(header.map((column, i) => [column, data[i] ?? ''])) });
      }
    },
  });
  table.columns = header ?? [];
  return table;
}

function refuseLongLines(text: string, name: string): void {
  for (let start = 0, line = 1; start < text.length; line++) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    if (end - start > limits.lineCharacters) {
      throw new StudioError('data-line-too-long',
        `Line ${line} of ${name} is ${sizeText(end - start)} long; a line may be at most ${sizeText(limits.lineCharacters)}.`,
        { where: `line ${line}`, kept: 'Nothing was imported.', remedy: 'Check that the file is a CSV or JSONL file.' });
    }
    start = end + 1;
  }
}

/** The separator that splits the first line into most columns; guessing from the rows trips over commas in questions. */
function delimiterOf(text: string, name: string): string {
  if (/\.tsv$/i.test(name)) return '\t';
  const first = text.trimStart().split('\n', 1)[0].replace(/"[^"]*"/g, '');
  const count = (delimiter: string): number => first.split(delimiter).length;
  return [',', '\t', ';', '|'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** Column names trimmed; a second column of the same name becomes `name (2)`, an empty one `column 3`. */
function uniqueNames(header: string[]): string[] {
  const used = new Set<string>();
  return header.slice(0, limits.columns).map((field, i) => {
    const base = field.trim() || `column ${i + 1}`;
    let name = base;
    for (let n = 2; used.has(name); n++) name = `${base} (${n})`;
    used.add(name);
    return name;
  });
}
