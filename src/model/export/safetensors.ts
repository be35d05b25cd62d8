/** A student as a Hugging Face folder: configuration, tokenizer and weights, an adapter merged in. */
import type { WrittenFormat } from '../encodeNumbers';
import { bytesOf } from '../numberFormats';
import { isTransposedInFiles } from '../shapes';
import { transposedTensor } from '../tensorSource';
import { mergedParams } from '../adapter';
import type { Student, TensorSources } from '../types';
import { tensorPieces, wholePiece, type Pieces, type WrittenFiles } from './pieces';

/** `transformers`' names of the formats. */
const DTYPES = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;

/** @param format of the weights; F32 loses nothing. */
export function safetensorsFolder(student: Student, format: Exclude<WrittenFormat, 'Q8_0'> = 'F32'): WrittenFiles {
  const files: WrittenFiles = new Map();
  for (const [file, content] of student.files) {
    if (file === 'manifest.json') continue;
    files.set(file, wholePiece(file === 'config.json' ? withType(content, DTYPES[format]) : content));
  }
  const merged = new Map([...mergedParams(student)].map(([name, tensor]) => [name, isTransposedInFiles(student.config, name) ? transposedTensor(tensor) : tensor]));
  return files.set('model.safetensors', safetensorsPieces(merged, format));
}

function withType(config: string, type: string): string {
  const { dtype, ...rest } = JSON.parse(config) as Record<string, unknown>;
  return `${JSON.stringify({ ...rest, ...(dtype === undefined ? {} : { dtype: type }), torch_dtype: type }, null, 2)}\n`;
}

async function* safetensorsPieces(params: TensorSources, format: WrittenFormat): Pieces {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const [name, { shape }] of params) {
    const bytes = bytesOf(format, shape.reduce((a, b) => a * b, 1));
    header[name] = { dtype: format, shape, data_offsets: [offset, (offset += bytes)] };
  }
  let text = JSON.stringify(header);
  while ((text.length + 8) % 8 !== 0) text += ' ';
  const head = new TextEncoder().encode(text);
  const start = new Uint8Array(8 + head.length);
  new DataView(start.buffer).setBigUint64(0, BigInt(head.length), true);
  start.set(head, 8);
  yield start;
  for (const tensor of params.values()) yield* tensorPieces(tensor, format);
}
