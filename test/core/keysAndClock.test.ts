/** Content keys and durations. */
import { describe, expect, it } from 'vitest';
import { now, formatDuration, elapsed } from '../../src/core/clock';
import { canonicalJson, contentKey, hashText } from '../../src/core/hash';

describe('hash', () => {
  it('has 16 hex digits, and no collision over 50,000 near texts', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 50_000; i++) seen.add(hashText(`what is ${i}+${i % 7}`));
    expect(seen.size).toBe(50_000);
    expect(hashText('')).toMatch(/^[0-9a-f]{16}$/);
    expect(hashText('añ')).not.toBe(hashText('an'));
  });

  it('stays what it was: stored keys depend on it', () => {
    expect(hashText('24+17')).toMatchInlineSnapshot(`"ae376131bb8c08b5"`);
  });

  it('does not depend on the order of keys, nor on undefined members', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}');
    expect(contentKey({ a: 1, b: 2 })).toBe(contentKey({ b: 2, a: 1 }));
    expect(contentKey([1, 2])).not.toBe(contentKey([2, 1]));
  });

  it('refuses what JSON would silently change', () => {
    for (const value of [NaN, Infinity, new Map(), new Float32Array(2), undefined, () => 1]) {
      expect(() => canonicalJson(value)).toThrow(TypeError);
    }
  });
});

describe('clock', () => {
  it('writes durations for people', () => {
    const cases: [number, string][] = [
      [0, '0.0 s'], [0.44, '0.4 s'], [9.94, '9.9 s'], [9.96, '10 s'], [59.4, '59 s'], [59.6, '1 min 00 s'],
      [185, '3 min 05 s'], [3599.7, '1 h 00 min'], [7620, '2 h 07 min'], [NaN, 'unknown'], [-1, 'unknown'],
    ];
    for (const [seconds, text] of cases) expect(formatDuration(seconds)).toBe(text);
  });

  it('moves forward', () => {
    const before = elapsed();
    expect(elapsed()).toBeGreaterThanOrEqual(before);
    expect(now()).toBeGreaterThan(1.7e12);
  });
});
