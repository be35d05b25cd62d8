/** The import lint: wrong arrows, cycles between files, and capabilities used past their door. `node scripts/arrows.mjs [folder]`. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { browserNames, doors, pureRooms, rooms } from './arrowRules.mjs';
import { root as projectRoot } from './environment.mjs';

const root = resolve(process.argv[2] ?? projectRoot);
const src = join(root, 'src');
const problems = [];
/** file → files it imports, both relative to src with forward slashes. */
const graph = new Map();

const tidy = (path) => relative(src, path).split(sep).join('/');
const within = (path, place) => path === place || path.startsWith(`${place}/`) || path.startsWith(`${place}.`);
const roomOf = (path) => Object.keys(rooms).filter((room) => within(path, room)).sort((a, b) => b.length - a.length)[0];
const holdsDoor = (path, only) => only.some((place) => (place.includes('/') ? path.startsWith(place) : within(path, place)));

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|svelte)$/.test(entry.name)) yield path;
  }
}

/** The TypeScript of a file. Of a component: its scripts, with the rest blanked so that line numbers hold. */
function codeOf(path) {
  const text = readFileSync(path, 'utf8');
  if (!path.endsWith('.svelte')) return text;
  const blank = (part) => part.replace(/[^\n]/g, ' ');
  let code = '';
  let at = 0;
  for (const match of text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)) {
    const start = match.index + match[0].indexOf('>') + 1;
    code += blank(text.slice(at, start)) + match[1];
    at = start + match[1].length;
  }
  return code + blank(text.slice(at));
}

/** The file an import names, relative to src; undefined for a package. Shaders become `shaders/…`. */
function resolveImport(from, specifier) {
  const bare = specifier.replace(/\?.*$/, '');
  if (bare.startsWith('$shaders/') || bare.startsWith('/shaders/')) return `shaders/${bare.split('shaders/')[1]}`;
  if (!bare.startsWith('.') && !bare.startsWith('$src/')) return undefined;
  const base = bare.startsWith('$src/') ? join(src, bare.slice(5)) : resolve(dirname(from), bare);
  const inShaders = relative(join(root, 'shaders'), base);
  if (!inShaders.startsWith('..')) return `shaders/${inShaders}`;
  if (bare.includes('*')) return tidy(base);
  const found = [base, `${base}.ts`, join(base, 'index.ts')].find((path) => existsSync(path) && statSync(path).isFile());
  return found ? tidy(found) : null;
}

/** Every import of a file: { specifier, line, typeOnly }, of statements, `import()`, import types and `import.meta.glob`. */
function importsOf(tree) {
  const found = [];
  const add = (node, typeOnly) => {
    if (!node || !ts.isStringLiteralLike(node)) return;
    found.push({ specifier: node.text, line: tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1, typeOnly });
  };
  const allTypes = (list) => list && list.elements?.length > 0 && list.elements.every((element) => element.isTypeOnly);
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      add(node.moduleSpecifier, Boolean(clause && (clause.isTypeOnly || (!clause.name && allTypes(clause.namedBindings)))));
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly || Boolean(allTypes(node.exportClause)));
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node)) {
      const glob = node.expression.getText(tree) === 'import.meta.glob';
      const argument = node.arguments[0];
      if (glob && argument && ts.isArrayLiteralExpression(argument)) argument.elements.forEach((element) => add(element, false));
      else if (glob || node.expression.kind === ts.SyntaxKind.ImportKeyword) add(argument, false);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Free names and member paths a file uses (`fetch`, `Math.random`, `new Date()`), each with its first line. */
function usesOf(tree) {
  const declared = new Set();
  const uses = new Map();
  const note = (name, node) => {
    if (!uses.has(name)) uses.set(name, tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1);
  };
  const visit = (node) => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      if (parent.name === node && !ts.isPropertyAccessExpression(parent) && !ts.isPropertyAssignment(parent)) declared.add(node.text);
      else if (parent.name !== node) note(node.text, node);
    } else if (ts.isPropertyAccessExpression(node)) note(node.getText(tree).replace(/^(globalThis|window|self)\??\./, '').replace('?.', '.'), node);
    else if (ts.isNewExpression(node) && !node.arguments?.length) note(`new ${node.expression.getText(tree)}()`, node);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  for (const name of declared) uses.delete(name);
  return uses;
}

function checkFile(path) {
  const file = tidy(path);
  const report = (line, text) => problems.push(`src/${file}:${line} ${text}`);
  const room = roomOf(file);
  if (!room && !file.endsWith('.d.ts')) report(1, `is in no room: the rooms are ${Object.keys(rooms).join(', ')}`);
  if (!room) return;
  const tree = ts.createSourceFile(path, codeOf(path), ts.ScriptTarget.Latest, true);
  graph.set(file, []);
  for (const { specifier, line, typeOnly } of importsOf(tree)) {
    const target = resolveImport(path, specifier);
    if (target === undefined) {
      const door = doors.find(({ packages }) => packages.some((name) => specifier === name || specifier.startsWith(name.endsWith(':') ? name : `${name}/`)));
      if (door && !holdsDoor(file, door.only)) report(line, `must not import ${specifier}: only ${door.only.join(', ')} may`);
      continue;
    }
    if (target === null) {
      report(line, `imports ${specifier}, which is not there`);
      continue;
    }
    const to = roomOf(target);
    const allowed = [room, ...rooms[room].imports, ...(typeOnly ? (rooms[room].types ?? []) : [])];
    if (!allowed.includes(to)) report(line, `${room} must not import ${typeOnly ? 'types of ' : ''}${to ?? 'outside src'} (${target})`);
    graph.get(file).push(target);
  }
  const uses = usesOf(tree);
  for (const { uses: names, only } of doors) {
    const used = names.find((name) => uses.has(name));
    if (used && !holdsDoor(file, only)) report(uses.get(used), `must not use ${used}: only ${only.join(', ')} may`);
  }
  const browser = pureRooms.includes(room) && browserNames.find((name) => uses.has(name));
  if (browser) report(uses.get(browser), `must not use ${browser}: ${room} runs without a browser`);
  if (file.endsWith('.svelte') && room !== 'app') report(1, 'is a component below app');
}

/** Reports each cycle of `edges` once, as the path round it. */
function checkCycles(edges) {
  const state = new Map();
  const path = [];
  const visit = (file) => {
    state.set(file, 'open');
    path.push(file);
    for (const next of edges.get(file) ?? []) {
      if (state.get(next) === 'open') problems.push(`cycle: ${[...path.slice(path.indexOf(next)), next].join(' -> ')}`);
      else if (!state.has(next)) visit(next);
    }
    path.pop();
    state.set(file, 'done');
  };
  for (const file of edges.keys()) if (!state.has(file)) visit(file);
}

for (const path of sources(src)) checkFile(path);
checkCycles(graph);
// The table of arrows must itself go one way.
checkCycles(new Map(Object.entries(rooms).map(([room, { imports, types = [] }]) => [room, [...imports, ...types]])));
for (const problem of problems) console.error(problem);
console.log(`arrows: ${graph.size} files, ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`);
process.exit(problems.length > 0 ? 1 : 0);
