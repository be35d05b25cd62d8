/** What can be wrong with a dataset row, the bounds every import keeps, and the records between reading and mapping. */

/** A row that was left out, and why. */
export interface RowProblem {
  /** Line of the file where the row starts, from 1; for a JSON list, the entry's number. */
  line: number;
  /** As the file spells it; absent when the whole row is unreadable. */
  column?: string;
  /** A plain sentence. */
  message: string;
}

/** A row before its columns have a meaning. */
export interface RawRow {
  line: number;
  fields: ReadonlyMap<string, unknown>;
}

export interface RawTable {
  format: 'jsonl' | 'csv';
  /** In order of first appearance. */
  columns: string[];
  rows: RawRow[];
  problems: RowProblem[];
  /** Sentences about the file as a whole. */
  notices: string[];
}

/** Generous for question and answer pairs, and small enough that no file can take the tab down. */
export const limits = {
  fileBytes: 400_000_000,
  lineCharacters: 4_000_000,
  rows: 1_000_000,
  columns: 200,
  fieldBytes: 200_000,
  skills: 50,
  skillCharacters: 200,
  idCharacters: 200,
  weight: 1e6,
} as const;

/** The notice of a file with more rows than are read. */
export const onlyFirstRows = `Only the first ${limits.rows.toLocaleString('en')} rows were read.`;

/** Reading stops here: unreadable rows count too, or a file of nothing else would fill the memory. */
export function full(table: RawTable): boolean {
  return table.rows.length + table.problems.length >= limits.rows;
}

/** `1.5 MB`, `200 kB`. */
export function sizeText(bytes: number): string {
  return bytes >= 1e6 ? `${Number((bytes / 1e6).toFixed(1))} MB` : `${Number((bytes / 1e3).toFixed(1))} kB`;
}

/** Foreign text inside a sentence: quoted, on one line, cut short. */
export function quoted(text: string, longest = 40): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return `"${line.length > longest ? `${line.slice(0, longest)}…` : line}"`;
}
