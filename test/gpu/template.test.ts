import { expect, it } from 'vitest';
import { specialise } from '../../src/gpu/template';

const read = (files: Record<string, string>) => Object.entries(files).map(([path, text]) => [path.slice(path.lastIndexOf('/') + 1, -'.wgsl'.length), text]);
const shaders = read(import.meta.glob<string>('$shaders/*.wgsl', { query: '?raw', import: 'default', eager: true }));
const parts = read(import.meta.glob<string>('$shaders/parts/*.wgsl', { query: '?raw', import: 'default', eager: true }));

it('puts a part where a line names it, in other words where the line gives them', () => {
  const whole = specialise('// include hash\n  // include hash with hash = mix, value = h, h = g\nfn main() {}');
  expect(whole).toContain('fn hash(value: u32) -> u32 {\n  var h = (value ^');
  expect(whole).toContain('fn mix(h: u32) -> u32 {\n  var g = (h ^');
  expect(whole).toMatch(/\}\n+fn main\(\) \{\}$/);
});

it('names a part that there is none of', () => {
  expect(() => specialise('fn main() {}\n// include nothing')).toThrow('no shader part is called nothing');
});

it.each(shaders)('makes %s whole', (_, text) => {
  const whole = specialise(text);
  expect(whole).not.toMatch(/\/\/ include/);
  expect(whole.match(/@compute/g)).toHaveLength(1);
});

it('has no part that nothing includes', () => {
  const wanted = new Set([...shaders, ...parts].flatMap(([, text]) => [...text.matchAll(/\/\/ include (.*)/g)].flatMap(([, line]) => line.split(/\W+/))));
  expect(parts.map(([name]) => name).filter((name) => !wanted.has(name))).toEqual([]);
});
