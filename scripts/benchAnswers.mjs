/** `npm run bench -- --generation --peer DIR`: answers by our generator and by transformers.js, one and 64 at once, in turn, on one page load. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, resolve, sep } from 'node:path';
import { root, say } from './environment.mjs';

const PACKAGE = '@huggingface/transformers';
const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };

/** @returns the versions in a peer's folder, or undefined, with how to make it told, where something is missing. */
export function peerVersions(folder, student) {
  const packages = [PACKAGE, 'onnxruntime-web'].map((name) => [name, join(folder, 'node_modules', name, 'package.json')]);
  const missing = [...packages.map(([, path]) => path), join(folder, student, 'onnx/model.onnx')].filter((path) => !existsSync(path));
  if (missing.length === 0) return Object.fromEntries(packages.map(([name, path]) => [name, JSON.parse(readFileSync(path, 'utf8')).version]));
  say(`${missing[0]} is missing. A folder with transformers.js and the student as ONNX is made by
  mkdir -p ${folder} && cp bench/peers/transformers/package.json ${folder} && npm install --prefix ${folder} --ignore-scripts
  python bench/peers/onnxStudent.py public/students/${student} ${join(folder, student)}   (its first lines say what it needs)`);
  return undefined;
}

/** Serves the peer's folder and the students beside the bench page, with the page's headers: threads are refused without them. */
export function servedFolders(peer) {
  const folders = { '/peer': resolve(peer), '/students': join(root, 'public/students') };
  return {
    name: 'bench-folders',
    configurePreviewServer({ middlewares, config }) {
      for (const [base, folder] of Object.entries(folders)) {
        middlewares.use(base, ({ url }, reply) => {
          const path = resolve(folder, `.${decodeURIComponent(new URL(url, 'http://page').pathname)}`);
          const stat = path.startsWith(folder + sep) ? statSync(path, { throwIfNoEntry: false }) : undefined;
          if (!stat?.isFile()) {
            reply.writeHead(404).end();
            return;
          }
          reply.writeHead(200, { ...config.preview.headers, 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream', 'Content-Length': stat.size });
          createReadStream(path).pipe(reply);
        });
      }
    },
  };
}

/** The middle of a list, or the mean of its two middle numbers. */
export const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
};

/** Each of ours, and the peer that runs on the same device. */
const pairs = { ours: 'transformers.js', 'ours-processor': 'transformers.js-wasm' };

/**
 * @param seen what the first engine gave, @param ids a row a prompt, @param ends the token that ends an answer.
 * @returns in how many rows all ids are the same. After the end a student says what it was never taught, and two tokens may be so nearly as
 *   likely that the order of a sum decides.
 * @throws Error where they differ before that: the engine has not done the same work.
 */
export function rowsAlike(seen, name, ids, ends) {
  let alike = 0;
  for (const [row, wanted] of seen.ids.entries()) {
    const length = Math.max(wanted.length, ids[row]?.length ?? 0);
    const at = Array.from({ length }, (_, i) => i).find((i) => ids[row]?.[i] !== wanted[i]);
    const end = wanted.indexOf(ends);
    if (at === undefined) alike++;
    else if (end < 0 || at <= end || ids[row]?.length !== wanted.length) {
      throw new Error(`${name} answers prompt ${row + 1} with ${ids[row]?.[at]} at token ${at + 1}, where ${seen.name} has ${wanted[at]}`);
    }
  }
  return alike;
}

/**
 * @param keep is given a number of answers after each round: { atOnce, engines: [{ name, tokensPerSecond, medianMs, firstMs, ms, rowsAlike }],
 *   oursIs: that many times the peer's tokens a second }, medians of the rounds; { name, error } for an engine that stopped.
 * Throws where an engine's answers differ from the others'.
 */
export async function benchAnswers(page, counts, rounds, only, keep) {
  const { names, maxTokens, ends } = await page.evaluate(() => window.bench.answers);
  const engines = new Map((only ?? names).map((name) => [name, { name }]));
  for (const atOnce of counts) {
    for (const [name, { error }] of engines) engines.set(name, error ? { name, error } : { name, ms: [] });
    let seen;
    // Round 0 is apart: it makes the generator and compiles.
    for (let round = 0; round <= rounds; round++) {
      for (const [name, engine] of engines) {
        if (engine.error) continue;
        const found = await page.evaluate((given) => window.bench.answer(...given), [name, atOnce]).catch((error) => {
          engines.set(name, { name, error: error.message.split('\n')[0].replace(/^page\.evaluate: /, '') });
          say(`${name}: ${engines.get(name).error}`);
        });
        if (!found) continue;
        seen ??= { name, ids: found.ids };
        engine.rowsAlike = rowsAlike(seen, name, found.ids, ends);
        const ms = Math.round(10 * found.ms) / 10;
        say(`${atOnce} at once, round ${round} ${name.padEnd(20)} ${ms} ms, ${engine.rowsAlike} rows as ${seen.name}`);
        if (round === 0) engine.firstMs = ms;
        else {
          engine.ms.push(ms);
          engine.medianMs = median(engine.ms);
          engine.tokensPerSecond = Math.round((10_000 * atOnce * maxTokens) / engine.medianMs) / 10;
        }
      }
      const rate = (name) => engines.get(name)?.tokensPerSecond;
      const oursIs = Object.fromEntries(Object.entries(pairs).flatMap(([name, peer]) => (rate(name) && rate(peer) ? [[peer, Math.round((10 * rate(name)) / rate(peer)) / 10]] : [])));
      if (round > 0) keep({ atOnce, engines: [...engines.values()], oursIs });
      if (round === rounds) console.log(`${atOnce} at once, tokens/s: ${[...engines.values()].map(({ name, tokensPerSecond = '-' }) => `${name} ${tokensPerSecond}`).join(', ')}; ours is ${Object.entries(oursIs).map(([peer, times]) => `${times} times ${peer}`).join(', ')}`);
    }
  }
}
