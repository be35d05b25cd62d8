/** Numbers as files keep them: plain ones, and ggml's 8-bit blocks. The other way round is `decodeNumbers`. */
import { bf16FromF32, f16FromF32 } from './halves';
import { bytesOf, numberFormats } from './numberFormats';

/** What this studio writes. */
export type WrittenFormat = 'F32' | 'F16' | 'BF16' | 'Q8_0';

/** @param values whole blocks of `format` */
export function encodeNumbers(format: WrittenFormat, values: Float32Array): Uint8Array {
  if (format === 'F32') return new Uint8Array(values.slice().buffer);
  const bytes = new Uint8Array(bytesOf(format, values.length));
  const view = new DataView(bytes.buffer);
  if (format === 'Q8_0') encodeQ8_0(values, view);
  else for (let i = 0; i < values.length; i++) view.setUint16(2 * i, format === 'F16' ? f16FromF32(values[i]) : bf16FromF32(values[i]), true);
  return bytes;
}

/** ggml's `quantize_row_q8_0_ref`: 32 values share a scale of absmax / 127. */
function encodeQ8_0(values: Float32Array, view: DataView): void {
  const { values: size, bytes } = numberFormats.Q8_0;
  for (let block = 0; block * size < values.length; block++) {
    let most = 0;
    for (let i = 0; i < size; i++) most = Math.max(most, Math.abs(values[block * size + i]));
    const scale = Math.fround(most / 127);
    view.setUint16(block * bytes, f16FromF32(scale), true);
    for (let i = 0; i < size; i++) {
      const whole = scale === 0 ? 0 : values[block * size + i] / scale;
      view.setInt8(block * bytes + 2 + i, Math.sign(whole) * Math.floor(Math.abs(whole) + 0.5));
    }
  }
}
