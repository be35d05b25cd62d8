/** `export`: a student, or the adapter trained on it, as files that other tools load. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exportStudent, EXPORTS, type ExportKind } from '../model/export/student';
import type { Command, Result } from './command';
import { claimFolder, writePieces } from './folders';
import { namedStudent, STUDENT_OPTIONS } from './student';

const KINDS = Object.keys(EXPORTS) as ExportKind[];
const FORMATS = ['f32', 'f16', 'bf16', 'q8_0'] as const;

export const exportCommand: Command = {
  name: 'export',
  summary: 'A student or its adapter as files that other tools load: PEFT, safetensors, GGUF.',
  usage: 'export --student DIR [--adapter DIR] --as peft|safetensors|gguf --out DIR|FILE.gguf [--format f32|f16|bf16|q8_0]',
  options: { ...STUDENT_OPTIONS, as: { type: 'string' }, out: { type: 'string' }, format: { type: 'string' } },
  async run(given, { terminal }): Promise<Result> {
    const student = await namedStudent(given);
    const kind = given.choice('as', KINDS);
    const format = given.text('format') === undefined ? undefined : given.choice('format', FORMATS);
    const out = given.needed('out');
    const files = exportStudent(student, kind, format?.toUpperCase() as Uppercase<(typeof FORMATS)[number]> | undefined);
    const single = kind === 'gguf' && /\.gguf$/i.test(out);
    const written: { file: string; bytes: number }[] = [];
    if (single) await mkdir(dirname(out), { recursive: true });
    else await claimFolder(out, false);
    for (const [name, pieces] of files) {
      if (single && !name.endsWith('.gguf')) continue;
      const file = single ? out : join(out, name);
      written.push({ file, bytes: await writePieces(file, pieces, (bytes) => terminal.progress(`${name}: ${Math.round(bytes / 1e6)} MB`)) });
    }
    const total = written.reduce((sum, { bytes }) => sum + bytes, 0);
    return { json: { as: kind, out, files: written }, text: `${written.length} files, ${(total / 1e6).toFixed(1)} MB, in ${out}.` };
  },
};
