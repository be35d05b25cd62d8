/** Whether ours has fallen behind what is kept: as multiples of a peer in the same run, since machines and their load differ. */

/** Each of ours, and the peer that runs on the same device. */
const pairs = { ours: 'jax-js', 'ours-processor': 'jax-js-wasm' };
const ALLOWED = 0.9;

/**
 * @param kept engines of the kept result, @param now those of this run: name and tokensPerSecond each.
 * @returns a sentence for each that fell by more than 10 %.
 * @throws Error where nothing can be compared.
 */
export function regressions(kept, now) {
  const multiple = (engines, name, peer) => {
    const rate = (wanted) => engines.find((engine) => engine.name === wanted)?.tokensPerSecond;
    return rate(name) && rate(peer) ? rate(name) / rate(peer) : undefined;
  };
  const compared = Object.entries(pairs).flatMap(([name, peer]) => {
    const [before, after] = [multiple(kept, name, peer), multiple(now, name, peer)];
    return before !== undefined && after !== undefined ? [{ name, peer, before, after }] : [];
  });
  if (compared.length === 0) throw new Error('neither result has one of ours beside its peer, so nothing can be compared');
  return compared.filter(({ before, after }) => after < ALLOWED * before)
    .map(({ name, peer, before, after }) => `${name} is ${after.toFixed(2)} times ${peer}; ${before.toFixed(2)} times is kept.`);
}
