/** What each arm gained on missing skills against what it kept of known ones: where its point and its name stand in a drawing. */

/** Changes against the untouched student, as shares. */
export interface Gain {
  arm: string;
  gained: number;
  kept: number;
}

export interface Tradeoff {
  /** Range of each axis, as shares; both hold zero. */
  across: [number, number];
  up: [number, number];
  /** Where the axes cross. */
  zero: { x: number; y: number };
  points: { arm: string; x: number; y: number; label: { x: number; y: number; end: boolean }; /** The name stands apart from its point. */ apart: boolean }[];
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Pixels between the drawing's border and its points; the names of the axes stand in it. */
export const TRADEOFF_EDGE = 44;

/** Of the names. */
export const TRADEOFF_FONT = 13;

const LINE = 16;
const RADIUS = 4.5;
const GAP = 9;

/**
 * Names stand beside their points; where another name or point is in the way, on the other side, else further up or down, the nearest free
 * place first. Points are served from the top, so that equal results give equal drawings.
 * @param width pixels, as `height`
 */
export function tradeoff(gains: readonly Gain[], width: number, height: number): Tradeoff {
  const across = reach(gains.map(({ kept }) => kept));
  const up = reach(gains.map(({ gained }) => gained));
  const x = (kept: number) => TRADEOFF_EDGE + ((kept - across[0]) / (across[1] - across[0])) * (width - 2 * TRADEOFF_EDGE);
  const y = (gained: number) => height - TRADEOFF_EDGE - ((gained - up[0]) / (up[1] - up[0])) * (height - 2 * TRADEOFF_EDGE);
  const dots = gains.map(({ arm, gained, kept }) => ({ arm, x: x(kept), y: y(gained) }));
  const taken: Box[] = dots.map((dot) => ({ left: dot.x - RADIUS, right: dot.x + RADIUS, top: dot.y - RADIUS, bottom: dot.y + RADIUS }));
  const frame: Box = { left: 18, right: width - 2, top: 2, bottom: height - 26 };
  const served = [...dots].sort((a, b) => a.y - b.y || a.x - b.x || (a.arm < b.arm ? -1 : 1));
  const placed = new Map(served.map((dot) => {
    const places = placesOf(dot, height).map((place) => ({ ...place, box: boxOf(place, dot.arm) }));
    const cost = (box: Box) => taken.reduce((sum, other) => sum + overlap(box, other), 0) + 4 * outside(box, frame);
    const chosen = places.find(({ box }) => cost(box) === 0) ?? places.reduce((best, place) => (cost(place.box) < cost(best.box) ? place : best));
    taken.push(chosen.box);
    return [dot.arm, chosen];
  }));
  return {
    across, up, zero: { x: x(0), y: y(0) },
    points: dots.map((dot) => {
      const { x: labelX, y: labelY, end } = placed.get(dot.arm) ?? { x: dot.x + GAP, y: dot.y, end: false };
      return { ...dot, label: { x: labelX, y: labelY + 4, end }, apart: labelY !== dot.y };
    }),
  };
}

/** Both axes hold zero and every point, with a little room. */
function reach(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const room = Math.max(0.01, 0.12 * (high - low));
  return [low - room, high + room];
}

/** Middles of a name's line, the nearest to the point first: right of it before left, level before above and below. */
function placesOf(dot: { x: number; y: number }, height: number): { x: number; y: number; end: boolean }[] {
  const steps = Array.from({ length: Math.ceil(height / LINE) }, (_, i) => (i === 0 ? [0] : [-i * LINE, i * LINE])).flat();
  return steps.flatMap((step) => [false, true].map((end) => ({ x: dot.x + (end ? -GAP : GAP), y: dot.y + step, end })));
}

/** Letters of interface fonts are about six tenths as wide as high. */
function boxOf({ x, y, end }: { x: number; y: number; end: boolean }, name: string): Box {
  const width = 0.6 * TRADEOFF_FONT * name.length;
  return { left: end ? x - width : x, right: end ? x : x + width, top: y - LINE / 2 + 0.5, bottom: y + LINE / 2 - 0.5 };
}

function overlap(a: Box, b: Box): number {
  return Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
}

function outside(box: Box, frame: Box): number {
  const area = (one: Box) => (one.right - one.left) * (one.bottom - one.top);
  return area(box) - overlap(box, frame);
}
