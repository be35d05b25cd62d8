import { describe, expect, it } from 'vitest';
import { bytes, compact, countOf, dollars, millions, percent, points } from '../../src/app/numbers';

describe('numbers as people read them', () => {
  it('signs a difference, and does not sign nothing', () => {
    expect(points(0.0943)).toBe('+9.4');
    expect(points(-0.018)).toBe('−1.8');
    expect(points(-0.0001)).toBe('0.0');
    expect(points(NaN)).toBe('n/a');
  });

  it('writes shares, sizes and small numbers', () => {
    expect(percent(0.6234)).toBe('62.3 %');
    expect(percent(1, 0)).toBe('100 %');
    expect(bytes(1_367_040)).toBe('1.4 MB');
    expect([0, 0.00123, 12.345].map(dollars)).toEqual(['$0.00', '$0.0012', '$12.35']);
    expect([260_032, 134_515_008, 1_235_814_400].map(millions)).toEqual(['260,032', '135M', '1.24B']);
    expect(compact(8e-4)).toBe('8e-4');
    expect(compact(0.05)).toBe('0.05');
    expect(compact(0)).toBe('0');
  });

  it('minds the plural', () => {
    expect(countOf(1, 'question')).toBe('1 question');
    expect(countOf(12000, 'question')).toBe('12,000 questions');
  });
});
