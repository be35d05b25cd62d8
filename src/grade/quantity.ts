/** Units after a value: split off, and compared where both sides name one that is known. */

/** What a unit measures, and how many of the dimension's base unit it is. */
interface Unit {
  dimension: string;
  size: number;
}

const families: Record<string, [size: number, ...names: string[]][]> = {
  length: [
    [0.001, 'mm', 'millimeter', 'millimetre'], [0.01, 'cm', 'centimeter', 'centimetre'], [1, 'm', 'meter', 'metre'],
    [1000, 'km', 'kilometer', 'kilometre'], [0.0254, 'inch', 'inches'], [0.3048, 'ft', 'foot', 'feet'], [0.9144, 'yd', 'yard'],
    [1609.344, 'mi', 'mile'],
  ],
  mass: [[0.001, 'mg', 'milligram'], [1, 'g', 'gram'], [1000, 'kg', 'kilogram'], [453.59237, 'lb', 'pound'], [28.349523125, 'oz', 'ounce']],
  time: [[1, 's', 'sec', 'second'], [60, 'min', 'minute'], [3600, 'h', 'hr', 'hour'], [86400, 'day'], [604800, 'week']],
  volume: [[0.001, 'ml', 'milliliter', 'millilitre'], [1, 'l', 'liter', 'litre']],
  angle: [[1, 'degree', '°', 'degs'], [57.29577951308232, 'rad', 'radian']],
  money: [[1, 'dollar', 'usd'], [0.01, 'cent']],
};

const known = new Map<string, Unit>(Object.entries(families).flatMap(([dimension, units]) =>
  units.flatMap(([size, ...names]) => names.flatMap((name): [string, Unit][] => [[name, { dimension, size }], [`${name}s`, { dimension, size }]]))));

/** Words for a power before or after the unit: `square cm`, `cm^2`, `cm²`. */
function unitOf(text: string): Unit | undefined {
  const plain = text.toLowerCase().replace(/[.{}\\]/g, '').trim();
  const match = /^(?:(sq|square|cu|cubic) ?)?([a-z°]+) ?(?:\^?([23²³]))?(?: ?(squared|cubed))?$/.exec(plain);
  const base = match && known.get(match[2]);
  if (!match || !base) return undefined;
  const power = /^(cu|3|³)/.test(match[1] ?? match[3] ?? match[4] ?? '') ? 3 : match[1] ?? match[3] ?? match[4] ? 2 : 1;
  return power === 1 ? base : { dimension: `${base.dimension}^${power}`, size: base.size ** power };
}

/** How a value in `wanted` compares with one in `given`: a factor for each side, or that the units exclude each other. */
export function unitFactors(wanted: string | undefined, given: string | undefined): { wanted: number; given: number } | 'different' {
  const a = wanted === undefined ? undefined : unitOf(wanted);
  const b = given === undefined ? undefined : unitOf(given);
  // A unit that is left out, or is no measure (`eggs`), excludes nothing: references often have none.
  if (!a || !b || (a.dimension === b.dimension && a.size === b.size)) return { wanted: 1, given: 1 };
  return a.dimension === b.dimension ? { wanted: a.size, given: b.size } : 'different';
}

const oneLetter = /^(?<value>.*\d)\s+(?<unit>[a-z])$/isu;
const trailing = [
  /^(?<value>.*\S)\s*\\(?:text|textrm|textbf|mathrm|mbox|operatorname)\s*\{(?<unit>[^{}]*)\}\s*(?<power>\^\s*\{?\s*[23]\s*\}?)?$/su,
  /^(?<value>.*[\d)}\]])\s*(?<unit>\\?%|°|\^\s*\{?\s*\\circ\s*\}?|\\degree)$/su,
  /^(?<value>[-+]?(?:\d[\d.,]*|\d[\d.,]*\s*\/\s*\d[\d.,]*|\d+ \d+\/\d+))\s*(?<unit>[a-zµ]{2,}[a-z./µ ]*?)(?<power>\^\s*\{?[23]\}?|[²³])?$/iu,
  oneLetter,
];

/** `180\text{ miles}` → `180` and `miles`; a lone word is a value, not a unit. Percent signs are units called `%`. */
export function splitUnit(value: string): { value: string; unit?: string } {
  for (const pattern of trailing) {
    const found = pattern.exec(value)?.groups;
    if (!found) continue;
    const unit = `${found.unit.trim()}${found.power ?? ''}`;
    if (/%/.test(unit)) return { value: found.value, unit: '%' };
    if (/circ|degree$|°/.test(unit)) {
      // In `\cos 60^\circ` the angle is an argument, not the answer.
      return /\\(?:sin|cos|tan|cot|sec|csc)/.test(found.value) ? { value } : { value: found.value, unit: 'degree' };
    }
    if (pattern === oneLetter && !known.has(unit)) continue;
    return { value: found.value.trim(), unit: unit === '' ? undefined : unit };
  }
  return { value };
}
