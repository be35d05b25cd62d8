/** What a person takes home: an adapter, a merged student, or one file for llama.cpp, each with a card and the run's record. */
import { StudioError } from '../../core/errors';
import type { WrittenFormat } from '../encodeNumbers';
import { adapterToFiles } from '../peft';
import type { Student } from '../types';
import { modelCard, parseRun, RUN_FILE } from './card';
import { ggufFile, type GgufFormat } from './gguf';
import { wholePiece, type WrittenFiles } from './pieces';
import { safetensorsFolder } from './safetensors';

export const EXPORTS = {
  peft: ['F32'],
  safetensors: ['F32', 'F16', 'BF16'],
  gguf: ['F16', 'Q8_0', 'F32'],
} as const satisfies Record<string, readonly WrittenFormat[]>;

export type ExportKind = keyof typeof EXPORTS;

/**
 * @param student with its adapter, where it has one.
 * @param format of the weights, one of `EXPORTS[kind]`; absent: the first of them.
 * @returns the files of a folder; a GGUF is `model-<format>.gguf` in it.
 * @throws StudioError `export-no-adapter`, `export-bad-format`, `export-unsupported`
 */
export function exportStudent(student: Student, kind: ExportKind, format: WrittenFormat = EXPORTS[kind][0]): WrittenFiles {
  if (!(EXPORTS[kind] as readonly WrittenFormat[]).includes(format)) {
    throw new StudioError('export-bad-format', `${kind} files are not written as ${format}.`, { remedy: `Choose one of ${EXPORTS[kind].join(', ')}.` });
  }
  const files: WrittenFiles = new Map();
  if (kind === 'peft') {
    if (!student.adapter) throw new StudioError('export-no-adapter', 'There is no adapter to export.', { remedy: 'Name its folder with --adapter, or train one with --lora-rank.' });
    for (const [name, bytes] of adapterToFiles(student.adapter, student.config, student.name)) files.set(name, wholePiece(bytes));
  } else if (kind === 'gguf') {
    files.set(`model-${format.toLowerCase()}.gguf`, ggufFile(student, format as GgufFormat));
  } else {
    for (const [name, pieces] of safetensorsFolder(student, format as 'F32' | 'F16' | 'BF16')) files.set(name, pieces);
  }
  const run = student.files.get(RUN_FILE);
  if (run !== undefined) files.set(RUN_FILE, wholePiece(run));
  return files.set('README.md', wholePiece(modelCard(student, parseRun(run), kind === 'peft' ? 'adapter' : 'student')));
}
