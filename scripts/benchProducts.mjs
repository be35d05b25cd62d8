/** `npm run bench -- --matmul 512,1024`: one matrix product in each layout by our kernels and the peers, in turn, on one page load. */
import { say } from './environment.mjs';

const LAYOUTS = ['nt', 'nn', 'tn'];
const TIMES = { 'TF.js': 1, 'jax-js': 2 };

/** @returns rows of { size, layout, name, gflops (best of `rounds`) }; throws where an engine's numbers differ from the others'. */
export async function benchProducts(page, sizes, rounds, only) {
  const names = only ?? (await page.evaluate(() => window.bench.productNames));
  const rows = [];
  for (const size of sizes) {
    for (const layout of LAYOUTS) {
      const best = new Map(names.map((name) => [name, 0]));
      let seen;
      for (let round = 0; round <= rounds; round++) {
        for (const name of names) {
          const { gflops, sample } = await page.evaluate((given) => window.bench.product(...given), [name, layout, size, TIMES[name] ?? 4, round === 0]);
          // The first round compiles.
          if (round > 0) best.set(name, Math.max(best.get(name), gflops));
          else if (seen && sample.some((value, i) => !(Math.abs(value - seen[i]) < 1e-3))) throw new Error(`${name} gives another product (${layout}, ${size}): ${sample.slice(0, 3)} where ${seen.slice(0, 3)} was found`);
          else seen = sample;
        }
      }
      for (const [name, gflops] of best) rows.push({ size, layout, name, gflops: Math.round(gflops * 100) / 100 });
      say(`${layout} ${size}: ${[...best].map(([name, gflops]) => `${name} ${gflops.toFixed(2)}`).join(', ')} GFLOP/s`);
    }
  }
  return rows;
}
