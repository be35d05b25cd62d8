/** What of a drop is taken for a student's files, and what it is called. */
import { expect, it } from 'vitest';
import { isAdapter, topFiles } from '../../src/app/domain/droppedFiles';

const placed = (...paths: [path: string, size: number][]) => paths.map(([path, size]) => ({ path, file: new File([new Uint8Array(size)], path) }));
const names = ({ files }: { files: readonly { name: string }[] }) => files.map(({ name }) => name);

it('a folder gives its own files under its name, and nothing hidden or from inside', () => {
  const taken = topFiles(placed(['SmolLM2/config.json', 2], ['SmolLM2/model.safetensors', 9], ['SmolLM2/onnx/config.json', 3], ['SmolLM2/.DS_Store', 1]));
  expect(taken.title).toBe('SmolLM2');
  expect(names(taken)).toEqual(['config.json', 'model.safetensors']);
});

it('single files are called after the largest', () => {
  const taken = topFiles(placed(['tok512.bin', 2], ['stories260K.bin', 9]));
  expect(taken.title).toBe('stories260K.bin');
  expect(names(taken)).toEqual(['tok512.bin', 'stories260K.bin']);
});

it('an adapter is told from a student', () => {
  expect(isAdapter([{ name: 'adapter_config.json' }, { name: 'adapter_model.safetensors' }])).toBe(true);
  expect(isAdapter([{ name: 'adapter_config.json' }, { name: 'config.json' }])).toBe(false);
});
