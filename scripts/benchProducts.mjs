/** `npm run bench -- --matmul 512,1024`: one matrix product in each layout by our kernels, slow and fast, and the peers, in turn, on one page load. */
import { say } from './environment.mjs';

const LAYOUTS = ['nt', 'nn', 'tn'];
const TIMES = { 'TF.js': 1, 'jax-js': 2, blocked: 1, tiled: 1 };
/** Who has worked so long on a product waits while the others take further rounds. */
const ENOUGH_MS = 8000;

/** What the goals are told by, of one layout and size: ours by its best kernel. */
function ratios(best) {
  const most = (named) => Math.max(...[...best].filter(([name]) => named(name)).map(([, gflops]) => gflops));
  const peers = ['jax-js', 'TF.js'].filter((name) => best.has(name));
  const ours = most((name) => !peers.includes(name) && !name.startsWith('evidence'));
  const evidence = most((name) => name.startsWith('evidence'));
  const over = (of) => Math.round((100 * ours) / of) / 100;
  return { ...(evidence > 0 ? { evidence: over(evidence) } : {}), ...Object.fromEntries(peers.map((name) => [name, over(best.get(name))])) };
}

/**
 * @param keep is given each row as soon as it is there: { size, layout, gflops: by name, the best of `rounds`; oursIs: that many times }.
 * Throws where an engine's numbers differ from the others'.
 */
export async function benchProducts(page, sizes, rounds, only, keep) {
  const names = only ?? (await page.evaluate(() => window.bench.productNames));
  for (const size of sizes) {
    for (const layout of LAYOUTS) {
      const best = new Map(names.map((name) => [name, 0]));
      const spent = new Map(names.map((name) => [name, 0]));
      let seen;
      for (let round = 0; round <= rounds; round++) {
        for (const name of names) {
          if (spent.get(name) > ENOUGH_MS) continue;
          const since = performance.now();
          const { gflops, sample } = await page.evaluate((given) => window.bench.product(...given), [name, layout, size, TIMES[name] ?? 4, round === 0]);
          // The first round compiles.
          if (round > 0) {
            best.set(name, Math.max(best.get(name), gflops));
            spent.set(name, spent.get(name) + performance.now() - since);
          } else if (seen && sample.some((value, i) => !(Math.abs(value - seen[i]) < 1e-3))) {
            throw new Error(`${name} gives another product (${layout}, ${size}): ${sample.slice(0, 3)} where ${seen.slice(0, 3)} was found`);
          } else seen = sample;
        }
      }
      const gflops = Object.fromEntries([...best].map(([name, rate]) => [name, Math.round(100 * rate) / 100]));
      const oursIs = ratios(best);
      keep({ size, layout, gflops, oursIs });
      const told = Object.entries(oursIs).map(([name, times]) => `${times} times ${name}`).join(', ');
      say(`${layout} ${size}: ${Object.entries(gflops).map(([name, rate]) => `${name} ${rate}`).join(', ')} GFLOP/s; ours is ${told}`);
    }
  }
}
