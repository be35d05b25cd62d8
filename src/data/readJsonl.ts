/** Rows of a JSONL file (one object a line) or of one JSON list of objects. */
import { full, limits, onlyFirstRows, quoted, sizeText } from './problems';
import type { RawRow, RawTable, RowProblem } from './problems';

/** Reads what can be read; unreadable lines become problems. `text` has `\n` line ends only. */
export function readJsonl(text: string): RawTable {
  const table: RawTable = { format: 'jsonl', columns: [], rows: [], problems: [], notices: [] };
  const columns = new Set<string>();
  const add = (line: number, value: unknown): void => {
    if (full(table)) return;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      table.problems.push({ line, message: 'This entry is not an object with named fields, such as {"question": …, "answer": …}.' });
      return;
    }
    const row: RawRow = { line, fields: new Map(Object.entries(value)) };
    for (const column of row.fields.keys()) if (columns.size < limits.columns) columns.add(column);
    table.rows.push(row);
  };

  const list = text.trimStart().startsWith('[') ? wholeList(text) : undefined;
  if (list) {
    list.forEach((value, index) => add(index + 1, value));
    if (list.length > limits.rows) table.notices.push(onlyFirstRows);
  } else {
    for (const { line, start, end } of lines(text)) {
      const read = parseLine(text, line, start, end);
      if (read && 'problem' in read) table.problems.push(read.problem);
      else if (read) add(line, read.value);
      if (full(table) && end < text.length) {
        table.notices.push(onlyFirstRows);
        break;
      }
    }
  }
  table.columns = [...columns];
  return table;
}

function* lines(text: string): Generator<{ line: number; start: number; end: number }> {
  for (let line = 1, start = 0; start < text.length; line++) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    yield { line, start, end };
    start = end + 1;
  }
}

function parseLine(text: string, line: number, start: number, end: number): { value: unknown } | { problem: RowProblem } | undefined {
  if (end - start > limits.lineCharacters) {
    const length = `${sizeText(end - start)} long; a line may be at most ${sizeText(limits.lineCharacters)}`;
    return { problem: { line, message: `This line is ${length}.` } };
  }
  const content = text.slice(start, end);
  if (content.trim() === '') return undefined;
  // Parsing throws, and a million throws take minutes; most lines that are no rows show it by their first character.
  const value = content.trimStart().startsWith('{') ? parse(content) : undefined;
  return value ?? { problem: { line, message: `This line is not a JSON object: it begins ${quoted(content.slice(0, 200))}.` } };
}

/** Python writes NaN and Infinity, which JSON lacks; as text they reach the check of their own column. */
function parse(content: string): { value: unknown } | undefined {
  const quotedNonNumbers = /NaN|Infinity/.test(content)
    ? content.replace(/([:,[]\s*)(NaN|-?Infinity)(?=\s*[,}\]])/g, '$1"$2"')
    : content;
  for (const attempt of new Set([content, quotedNonNumbers])) {
    try {
      return { value: JSON.parse(attempt) as unknown };
    } catch {
      // The next attempt, or the caller's sentence, says what is wrong.
    }
  }
  return undefined;
}

function wholeList(text: string): unknown[] | undefined {
  const parsed = parse(text);
  return parsed && Array.isArray(parsed.value) ? (parsed.value as unknown[]) : undefined;
}
