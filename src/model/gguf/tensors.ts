/** GGUF's tensors under Hugging Face's names, with what llama.cpp's converter changed in them undone. */
import { StudioError } from '../../core/errors';
import type { ByteSource } from '../byteSource';
import { turnedRows } from '../rotaryRows';
import { fileTensor, mappedTensor, sameBytes, transposedTensor } from '../tensorSource';
import type { TensorSource, TensorSources } from '../types';
import { architectureOf, type Architecture } from './config';
import { huggingFaceName } from './names';
import type { GgufHeader, GgufTensor } from './header';
import type { GgufMetadata } from './metadata';

/** @throws StudioError `model-unsupported` for a tensor that its family does not have. */
export async function tensorsFromGguf(header: GgufHeader, metadata: GgufMetadata, source: ByteSource): Promise<TensorSources> {
  const family = architectureOf(metadata);
  const heads = {
    q: metadata.number(`${family}.attention.head_count`) ?? 1,
    k: metadata.number(`${family}.attention.head_count_kv`) ?? metadata.number(`${family}.attention.head_count`) ?? 1,
  };
  const weights = new Map<string, TensorSource>();
  for (const tensor of header.tensors) {
    const name = huggingFaceName(tensor.name, family);
    if (name === undefined) throw unknownTensor(tensor.name, family, metadata.file);
    weights.set(name, opened(tensor, name, family, heads, source));
  }
  const embedding = weights.get(huggingFaceName('token_embd.weight', family) ?? '');
  const head = weights.get('lm_head.weight');
  // Some files repeat a tied embedding as the head: trained apart, the two would drift.
  if (embedding && head && (await sameBytes(embedding, head))) weights.delete('lm_head.weight');
  return weights;
}

function unknownTensor(name: string, family: Architecture, file: string): StudioError {
  return new StudioError('model-unsupported', `The GGUF file has a tensor "${name.slice(0, 80)}", which the family ${family} has not.`, {
    where: file, kept: 'Nothing was loaded.',
  });
}

/** The converter turns Llama's query and key rows, adds 1 to Gemma's norms and transposes GPT-2's matrices. */
function opened({ shape, format, offset }: GgufTensor, name: string, family: Architecture, heads: { q: number; k: number }, source: ByteSource): TensorSource {
  const turned = family === 'llama' ? /\.(q|k)_proj\./.exec(name)?.[1] : undefined;
  if (turned && shape.length === 2) return fileTensor(name, source, offset, format, shape, turnedRows(shape[0], heads[turned as 'q' | 'k']));
  const tensor = fileTensor(name, source, offset, format, shape);
  if (family === 'gemma3' && /norm\.weight$/.test(name)) return mappedTensor(tensor, (value) => value - 1);
  if (family === 'gpt2' && /\.(c_attn|c_proj|c_fc)\.weight$/.test(name)) return transposedTensor(tensor);
  return tensor;
}
