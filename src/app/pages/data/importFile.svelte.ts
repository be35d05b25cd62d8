/** A file on its way in: its bytes, what its columns mean, what it holds, and what is wrong with it. */
import { errorRecord, type ErrorRecord } from '../../../core/errors';
import { detectColumns, type ColumnMapping } from '../../../data/columns';
import { setNameOf, type FileRole } from '../../../data/fileRoles';
import { importDataset, readTable, type ImportedDataset } from '../../../data/importDataset';
import type { PlacedFile } from '../../domain/droppedFiles';
import type { RoledFile } from '../../state/newProject';

export class ImportFile {
  imported = $state.raw<ImportedDataset>();
  error = $state.raw<ErrorRecord>();
  /** Columns to choose among while no choice of them gives a usable row. */
  found = $state.raw<{ columns: string[]; mapping: ColumnMapping }>();
  role = $state<FileRole>('train');
  /** Of a further test set. */
  setName = $state('');

  constructor(
    readonly name: string,
    readonly bytes: Uint8Array,
    role: FileRole,
  ) {
    this.role = role;
    this.setName = setNameOf(name);
    this.read();
  }

  /** By the columns chosen, else by those its names tell. */
  read(mapping?: ColumnMapping): void {
    try {
      this.imported = importDataset(this.bytes, this.name, mapping);
      this.error = undefined;
    } catch (thrown) {
      this.error = errorRecord(thrown);
      this.imported = undefined;
      this.found = columnsOf(this.bytes, this.name, mapping);
    }
  }

  /** Once it can be used. */
  get ready(): RoledFile | undefined {
    const { imported, name, role, setName } = this;
    return imported && { file: name, imported, role, setName: setName.trim() };
  }
}

/** The most files taken at once: a pool, its validation and test sets, and as many further ones as a project takes. */
export const MOST_FILES = 23;

/** The bytes of dropped files, one after the other. */
export async function bytesOf(files: readonly PlacedFile[]): Promise<{ name: string; bytes: Uint8Array }[]> {
  const read: { name: string; bytes: Uint8Array }[] = [];
  for (const { file } of files.slice(0, MOST_FILES)) read.push({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  return read;
}

function columnsOf(bytes: Uint8Array, name: string, mapping?: ColumnMapping): ImportFile['found'] {
  try {
    const { columns } = readTable(bytes, name);
    return columns.length > 0 ? { columns, mapping: mapping ?? detectColumns(columns) } : undefined;
  } catch {
    return undefined; // what is wrong with the file is already shown
  }
}
