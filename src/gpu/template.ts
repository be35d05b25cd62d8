/**
 * Turns a readable kernel into the source that is compiled. Shaders are valid WGSL once they are whole; this changes five things,
 * each marked in the shader:
 *   `// include NAME`             the text of shaders/parts/NAME.wgsl; `with a = b, c = d` after it: b where the part says a
 *   `const NAME = 8u;`            a constant the host may set
 *   `line // when FLAG`           a line kept only if FLAG is set
 *   `for (...) { // unroll`       a loop with constant bounds written out, because Tint does not unroll (gpu.cpp #11: 2.7×)
 *   `alias V = vec4f;`            set to f32 for widths that are no multiple of four; `fn total` then returns its argument
 * and `var x: array<T, N>; // registers` becomes N scalars, because indexed local arrays live in memory on most drivers;
 * `// values` in its place says that each is assigned once, so that they become `let`s.
 * Marks that end in `narrow` do not hold where the setting WIDE is true: too much would be written out.
 */

const parts = new Map(
  Object.entries(import.meta.glob<string>('$shaders/parts/*.wgsl', { query: '?raw', import: 'default', eager: true }))
    .map(([path, text]) => [path.slice(path.lastIndexOf('/') + 1, -'.wgsl'.length), text]),
);

export type Settings = Readonly<Record<string, number | string | boolean>>;

/** @throws Error naming the part there is none of, the setting the shader lacks, or the loop that cannot be unrolled. */
export function specialise(source: string, settings: Settings = {}): string {
  let text = keepLines(include(source), settings);
  if (settings.WIDE === true) text = text.replace(/\/\/ (unroll|registers) narrow/g, '');
  const constants = new Map<string, number>();
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'boolean') continue;
    const pattern = new RegExp(`^(const ${name}\\s*=\\s*|alias ${name}\\s*=\\s*)[^;]+;`, 'm');
    if (!pattern.test(text)) throw new Error(`kernel has no constant ${name}`);
    text = text.replace(pattern, (_, head: string) => `${head}${typeof value === 'number' ? literal(value) : value};`);
  }
  if (settings.V === 'f32') text = text.replace(/^fn total\(.*$/m, 'fn total(v: V) -> f32 { return v; }');
  for (const match of text.matchAll(/^const (\w+)\s*=\s*([^;]+);/gm)) {
    const value = evaluate(match[2], constants);
    if (value !== undefined) constants.set(match[1], value);
  }
  return spreadRegisters(unroll(text, constants), constants);
}

/** @param within the parts this text is in, none of which it may include again. */
function include(source: string, within: readonly string[] = []): string {
  return source.replace(/^ *\/\/ include (\w+)(?: with (.+))?$/gm, (_, name: string, words = '') => {
    const part = parts.get(name);
    if (part === undefined || within.includes(name)) throw new Error(`${part === undefined ? 'no shader part is called' : 'a shader part includes itself:'} ${name}`);
    const renamed = new Map((words as string).split(', ').map((pair) => pair.split(' = ') as [string, string]));
    return include(part.replace(/\w+/g, (word) => renamed.get(word) ?? word), [...within, name]);
  });
}

function literal(value: number): string {
  return Number.isInteger(value) && value >= 0 ? `${value}u` : `${value}`;
}

function keepLines(source: string, settings: Settings): string {
  return source
    .split('\n')
    .filter((line) => {
      const flag = /\/\/ when (\w+)\s*$/.exec(line)?.[1];
      return !flag || settings[flag] === true;
    })
    .join('\n');
}

const LOOP = /for \(var (\w+) = (\w+); \1 < ([^;]+); \1(?:\+\+| \+= 1u)\) \{ \/\/ unroll[^\n]*\n/;

function unroll(text: string, constants: ReadonlyMap<string, number>): string {
  for (;;) {
    const loop = LOOP.exec(text);
    if (!loop) return text;
    const [head, name, first, bound] = loop;
    const from = evaluate(first, constants);
    const to = evaluate(bound, constants);
    if (from === undefined || to === undefined) throw new Error(`loop bounds are not constant: ${head.trim()}`);
    const start = loop.index + head.length;
    const end = closingBrace(text, start);
    const body = text.slice(start, end);
    let written = '';
    // Braces keep a body's own names apart; without them, values assigned in it can be read after it.
    const [open, close] = /\b(let|var) \w/.test(body.replace(/for \(var/g, 'for (')) ? ['{\n', '}\n'] : ['', ''];
    for (let i = from; i < to; i++) written += `${open}${body.replace(new RegExp(`\\b${name}\\b`, 'g'), `${i}u`)}${close}`;
    text = text.slice(0, loop.index) + written + text.slice(end + 1);
  }
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) return i;
  }
  throw new Error('unbalanced braces in a kernel');
}

function spreadRegisters(text: string, constants: ReadonlyMap<string, number>): string {
  const declaration = /var (\w+): array<([\w<>]+), ([^>;]+)>; \/\/ (registers|values)[^\n]*\n/;
  for (;;) {
    const found = declaration.exec(text);
    if (!found) return text;
    const [whole, name, type, size, kind] = found;
    const count = evaluate(size, constants);
    if (count === undefined) throw new Error(`register array ${name} has no constant size`);
    const scalars = Array.from({ length: count }, (_, i) => `var ${name}_${i}: ${type};`).join(' ');
    text = text.replace(whole, kind === 'values' ? '' : `${scalars}\n`);
    if (kind === 'values') text = text.replace(new RegExp(`^(\\s*)(${name}\\[[^\\]]+\\] =)`, 'gm'), '$1let $2');
    text = text.replace(new RegExp(`\\b${name}\\[([^\\]]+)\\]`, 'g'), (_, index: string) => {
      const at = evaluate(index, constants);
      if (at === undefined || at >= count) throw new Error(`register ${name}[${index}] is not a constant below ${count}`);
      return `${name}_${at}`;
    });
  }
}

/** Value of an integer expression over constants (+ − * / % and parentheses), or undefined if it is not one. */
function evaluate(expression: string, constants: ReadonlyMap<string, number>): number | undefined {
  const tokens = expression.match(/\d+u?|\w+|[-+*/%()]|\S/g) ?? [];
  let at = 0;
  const sum = (): number => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '-') value = tokens[at++] === '+' ? value + product() : value - product();
    return value;
  };
  const product = (): number => {
    let value = atom();
    while (tokens[at] === '*' || tokens[at] === '/' || tokens[at] === '%') {
      const operator = tokens[at++];
      const right = atom();
      value = operator === '*' ? value * right : operator === '/' ? Math.trunc(value / right) : value % right;
    }
    return value;
  };
  const atom = (): number => {
    const token = tokens[at++];
    if (token === '(') {
      const value = sum();
      return tokens[at++] === ')' ? value : NaN;
    }
    if (/^\d+u?$/.test(token ?? '')) return parseInt(token, 10);
    return constants.get(token ?? '') ?? NaN;
  };
  const value = sum();
  return at === tokens.length && Number.isFinite(value) ? value : undefined;
}
