/** What `npm run bench -- --scaling` found, as a table (docs/scaling-DEVICE.md) and a plot an axis (docs/scaling-DEVICE-AXIS.svg). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './environment.mjs';

const WIDTH = 480;
const HEIGHT = 300;
const EDGE = { left: 64, right: 16, top: 34, bottom: 40 };

const short = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(1)}M` : n >= 10000 ? `${Math.round(n / 1000)}k` : n.toLocaleString('en'));

/** Both axes logarithmic: measured as dots on a line, predicted as a dashed line with a band of 25 %. */
function plot(axis, points) {
  const span = (values) => [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  const [x0, x1] = span(points.map(({ value }) => value));
  const [y0, y1] = span(points.flatMap(({ tokensPerSecond, predicted }) => [tokensPerSecond, 0.75 * predicted, 1.25 * predicted]));
  const x = (value) => EDGE.left + ((Math.log(value) - x0) / (x1 - x0 || 1)) * (WIDTH - EDGE.left - EDGE.right);
  const y = (value) => HEIGHT - EDGE.bottom - ((Math.log(value) - y0) / (y1 - y0 || 1)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const at = (value, of) => `${x(value).toFixed(1)},${y(of).toFixed(1)}`;
  const line = (of) => points.map((point) => at(point.value, of(point))).join(' ');
  const band = `${line(({ predicted }) => 1.25 * predicted)} ${[...points].reverse().map(({ value, predicted }) => at(value, 0.75 * predicted)).join(' ')}`;
  const text = (left, top, words, anchor = 'middle') => `<text x="${left.toFixed(1)}" y="${top.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11" fill="#4d545c">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(EDGE.left, 18, `Tokens a second by ${axis}`, 'start'),
    `<polygon points="${band}" fill="#e9eff8"/>`,
    `<polyline points="${line(({ predicted }) => predicted)}" fill="none" stroke="#a9a69d" stroke-dasharray="4 3"/>`,
    `<polyline points="${line(({ tokensPerSecond }) => tokensPerSecond)}" fill="none" stroke="#23518f" stroke-width="2"/>`,
    ...points.flatMap(({ value, tokensPerSecond }) => [
      `<circle cx="${x(value).toFixed(1)}" cy="${y(tokensPerSecond).toFixed(1)}" r="3.5" fill="#23518f"/>`,
      text(x(value), HEIGHT - EDGE.bottom + 16, short(value)), text(EDGE.left - 8, y(tokensPerSecond) + 4, short(Math.round(tokensPerSecond)), 'end'),
    ]),
    text(WIDTH - EDGE.right, 18, 'dots: measured; dashes: by the count, ± 25 %', 'end'),
    '</svg>', '',
  ].join('\n');
}

const PARTS = ['products', 'head', 'attention', 'update', 'rest'];

/**
 * Of a point more than 25 % off the count: other work on the machine, where the processor's own time is not; else the part that has grown or
 * shrunk most beside what it would take were the point made up like the base model.
 */
function reason({ ratio, ratioOfProcessorTime, shares }, base) {
  const off = (of) => Math.abs(of - 1) > 0.25;
  if (!off(ratio)) return '';
  if (ratioOfProcessorTime && !off(ratioOfProcessorTime)) return 'other work on the machine';
  // A step of the base model's make-up takes 1; this one's parts take shares / ratio.
  const [part, more] = PARTS.map((name) => [name, shares[name] / ratio - base[name]]).sort((a, b) => (ratio < 1 ? b[1] - a[1] : a[1] - b[1]))[0];
  return `${part}: ${more > 0 ? '+' : '−'}${percent(Math.abs(more))} of the time told`;
}

const percent = (share) => `${Math.round(100 * share)} %`;

export function scalingPages({ command, machine, device, points }, slug) {
  const docs = join(root, 'docs');
  mkdirSync(docs, { recursive: true });
  const axes = [...new Set(points.map(({ axis }) => axis))];
  const base = points.find(({ axis, value }) => (axis === 'batch' && value === 8) || ((axis === 'context') && value === 128) || (axis === 'vocabulary' && value === 512))?.shares;
  const whole = (n) => Math.round(n).toLocaleString('en');
  const lines = [
    `# How cost grows: ${device.description}`, '',
    `\`${command}\`, last, on ${machine.cores} cores (${machine.cpu}). Each point takes turns with the base model (vocabulary 512, width 128, 4 layers,`,
    'context 128, batch 8), and the best of each counts. **By count**: measured over the base model’s rate times the ratio of sums and products a',
    'token. **By parts**: measured over what each part of the base model’s time gives when it grows as its own work does: products, head and',
    'attention as their sums and products, the update as the parameters, the rest as the activations, and a fixed time a launch. Nothing but the',
    'base model is measured for either. 1.00 is as told, less is slower. The columns after it: shares of the kernels’ time.', '',
    '| | | tokens a step | tokens/s | by count | by parts | by processor time | GFLOP a step | products | head | attention | update | rest | products, GFLOP/s | launches | load | beyond 25 % because |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...points.map((point) => {
      const { axis, value, tokens, tokensPerSecond, ratio, priced, ratioOfProcessorTime, gflop, shares, productGflops, launches, load } = point;
      return `| ${axis} | ${short(value)} | ${whole(tokens)} | ${whole(tokensPerSecond)} | ${ratio.toFixed(2)} | ${priced.toFixed(2)} | ${ratioOfProcessorTime?.toFixed(2) ?? ''} | ${gflop.toFixed(2)} | `
        + `${PARTS.map((part) => percent(shares[part])).join(' | ')} | ${productGflops.toFixed(1)} | ${launches} | ${load.toFixed(1)} | ${base ? reason(point, base) : ''} |`;
    }),
    '', ...axes.map((axis) => `![Tokens a second by ${axis}](scaling-${slug}-${axis}.svg)`), '',
  ];
  writeFileSync(join(docs, `scaling-${slug}.md`), lines.join('\n'));
  for (const axis of axes) writeFileSync(join(docs, `scaling-${slug}-${axis}.svg`), plot(axis, points.filter((point) => point.axis === axis)));
}
