/** A file of a person's own into questions: every good row kept, every bad one named. */
import { StudioError } from '../core/errors';
import { hashText } from '../core/hash';
import { checkMapping, columnList, detectColumns, unusedColumns } from './columns';
import type { ColumnMapping } from './columns';
import { decodeText } from './decodeText';
import { quoted } from './problems';
import type { RawRow, RawTable, RowProblem } from './problems';
import { readCsv } from './readCsv';
import { readJsonl } from './readJsonl';
import { FieldProblem, idOf, skillsOf, textsOf, weightOf } from './rowFields';
import type { Question } from './types';

/** Problems listed one by one; the rest are only counted. */
const listedProblems = 1000;

export interface ImportedDataset {
  format: 'jsonl' | 'csv';
  rows: Question[];
  /** Every column of the file, in order. */
  columns: string[];
  /** As given, else as detected. */
  mapping: ColumnMapping;
  /** One a skipped row, in file order, the first thousand. */
  problems: RowProblem[];
  skipped: number;
  /** Sentences about the whole file: columns left unread, rows not listed. */
  notices: string[];
}

/**
 * Reads JSONL, one JSON list, CSV or TSV. A row with any problem is left out whole: training on it half-read would be
 * worse than without it. Throws a StudioError when nothing at all can be used: `data-empty-file`, `data-not-utf8`,
 * `data-file-too-large`, `data-line-too-long`, `data-no-columns`, `data-unknown-column`, `data-no-usable-rows`.
 */
export function importDataset(bytes: Uint8Array, name: string, chosen?: ColumnMapping): ImportedDataset {
  const table = readTable(bytes, name);
  if (table.rows.length === 0) throw noUsableRows(name, table.problems);
  const mapping = chosen ?? detectColumns(table.columns);
  checkMapping(mapping, table.columns, name);
  const { rows, problems } = mapRows(table, mapping);
  const all = [...table.problems, ...problems].sort((a, b) => a.line - b.line);
  if (rows.length === 0) throw noUsableRows(name, all);
  const notices = [...table.notices];
  const unused = unusedColumns(mapping, table.columns);
  if (unused.length > 0) notices.push(`Not used: ${unused.length === 1 ? 'the column' : 'the columns'} ${columnList(unused)}.`);
  if (all.length > listedProblems) notices.push(`${all.length - listedProblems} more rows were skipped than are listed.`);
  return {
    format: table.format, rows, columns: table.columns, mapping, problems: all.slice(0, listedProblems), skipped: all.length, notices,
  };
}

/** A file's rows before its columns have a meaning, for choosing among them. Throws where the file cannot be read at all. */
export function readTable(bytes: Uint8Array, name: string): RawTable {
  const text = decodeText(bytes, name);
  return isJson(text, name) ? readJsonl(text) : readCsv(text, name);
}

/** By the file's name where it tells, else by its first character. */
function isJson(text: string, name: string): boolean {
  if (/\.(jsonl|ndjson|json)$/i.test(name)) return true;
  if (/\.(csv|tsv)$/i.test(name)) return false;
  return /^\s*[{[]/.test(text);
}

function mapRows(table: RawTable, mapping: ColumnMapping): { rows: Question[]; problems: RowProblem[] } {
  const rows: Question[] = [];
  const problems: RowProblem[] = [];
  const lineOfId = new Map<string, number>();
  const given = new Set(table.rows.map((row) => plainId(row, mapping)));
  const contentId = contentIds((id) => lineOfId.has(id) || given.has(id));
  for (const row of table.rows) {
    try {
      const { question, answer } = textsOf(row, mapping);
      const weight = weightOf(row, mapping.weight);
      const skills = skillsOf(row, mapping.skills, table.format);
      const own = idOf(row, mapping.id);
      const earlier = own === undefined ? undefined : lineOfId.get(own);
      if (own !== undefined && earlier !== undefined) {
        throw new FieldProblem(mapping.id, `The id ${quoted(own)} is taken by the row on line ${earlier}.`);
      }
      const id = own ?? contentId(`${question}\n${answer}`);
      lineOfId.set(id, row.line);
      rows.push(weight === undefined ? { id, question, answer, skills } : { id, question, answer, skills, weight });
    } catch (thrown) {
      if (!(thrown instanceof FieldProblem)) throw thrown;
      problems.push({ line: row.line, column: thrown.column, message: thrown.message });
    }
  }
  return { rows, problems };
}

/** The id a row gives, for keeping made-up ids clear of it; malformed ones are reported when the row is mapped. */
function plainId(row: RawRow, mapping: ColumnMapping): string {
  const value = mapping.id === undefined ? undefined : row.fields.get(mapping.id);
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/** Rows without an id get the hash of their content, so that importing a file twice names them alike; repeats are numbered. */
function contentIds(taken: (id: string) => boolean): (content: string) => string {
  const repeats = new Map<string, number>();
  return (content) => {
    const base = hashText(content);
    let count = repeats.get(base) ?? 0;
    let id: string;
    do {
      count++;
      id = count === 1 ? base : `${base}-${count}`;
    } while (taken(id));
    repeats.set(base, count);
    return id;
  };
}

function noUsableRows(name: string, problems: readonly RowProblem[]): StudioError {
  const [first] = problems;
  const why = first ? ` Line ${first.line}: ${first.message}` : ' It has a header and nothing below it.';
  const count = problems.length > 1 ? ` (${problems.length} rows tried)` : '';
  return new StudioError('data-no-usable-rows', `No row of ${name} can be used${count}.${why}`, {
    where: first ? `line ${first.line}` : undefined,
    kept: 'Nothing was imported.',
    remedy: 'Give each row a question and an answer, as JSON objects one a line or as CSV with a header.',
  });
}
