/** Numbers as people read them: one place, so that the same thing is written the same way on every page. */

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** `12,000`. */
export function count(n: number): string {
  return whole.format(n);
}

/** `1 question`, `12,000 questions`. */
export function countOf(n: number, noun: string, plural = `${noun}s`): string {
  return `${count(n)} ${n === 1 ? noun : plural}`;
}

/** A share in [0, 1] as `62.3 %`; `digits` after the point. */
export function percent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(digits)} %` : 'n/a';
}

/** A difference of shares in points, always signed: `+9.4`, `−1.8`, `0.0`. */
export function points(difference: number, digits = 1): string {
  if (!Number.isFinite(difference)) return 'n/a';
  const text = Math.abs(difference * 100).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${difference > 0 ? '+' : '−'}${text}`;
}

/** US dollars: `$1.24`, and cents of cents where it is less. */
export function dollars(n: number): string {
  return `$${n.toFixed(n === 0 || n >= 1 ? 2 : 4)}`;
}

/** `342 kB`, `1.4 MB`. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = -1;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

/** A small positive number without a wall of zeros: `8e-4`, `0.05`, `1.25`. */
export function compact(n: number, digits = 3): string {
  if (n === 0) return '0';
  if (Math.abs(n) < 0.01 || Math.abs(n) >= 1e6) {
    const [mantissa, exponent] = n.toExponential(digits - 1).split('e');
    return `${Number(mantissa)}e${Number(exponent)}`;
  }
  return String(Number(n.toPrecision(digits)));
}

/** A large count in short: `260,032`, `135M`, `1.24B`. */
export function millions(n: number): string {
  if (n < 1e6) return count(n);
  const [value, unit] = n < 1e9 ? [n / 1e6, 'M'] : [n / 1e9, 'B'];
  return `${Number(value.toPrecision(3))}${unit}`;
}
