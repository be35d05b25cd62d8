/** A whole report as one page of HTML: no script, no other file, every text escaped. */
import type { SeedSummary } from '../stat/report';
import { tradeoff, TRADEOFF_EDGE, TRADEOFF_FONT } from './tradeoff';
import type { WholeReport } from './wholeReport';

const style = `
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c1c1a;background:#fff}
h1{font-size:1.7rem}h2{font-size:1.2rem;margin-top:2.5rem}table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.8rem 0}
th,td{border-bottom:1px solid #d8d6d0;padding:.35rem .6rem;text-align:left;vertical-align:top}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
thead th{border-bottom:2px solid #8a877f}.muted{color:#66635c}.wrap{overflow-x:auto}pre{background:#f5f4f0;padding:1rem;overflow-x:auto;font-size:.8rem}
svg{--ink:#1c1c1a;--soft:#66635c;--rule:#b5b2aa;--mark:#1f4f8f;display:block}svg text{fill:var(--ink)}svg .muted{fill:var(--soft)}svg line{stroke:var(--rule)}svg circle{fill:var(--mark)}
@media(prefers-color-scheme:dark){body{background:#181816;color:#e8e6e0}th,td{border-color:#3a3935}pre{background:#22211f}.muted{color:#a5a29a}svg{--ink:#e8e6e0;--soft:#a5a29a;--rule:#55534d;--mark:#8ab0e6}}
summary{cursor:pointer;padding:.3rem 0}
@media print{body{max-width:none}}`;

/** Text for an element or a quoted attribute. */
export function escaped(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (sign) => names[sign]);
}

/** `title` as a person named the experiment. */
export function reportHtml(report: WholeReport, title: string): string {
  const { experiment } = report;
  const seeds = experiment.seeds.join(', ');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${style}</style></head><body>
<h1>${escaped(title)}</h1>
<p>${escaped(`${experiment.seeds.length === 1 ? 'Seed' : 'Seeds'} ${seeds}. ${experiment.arms.length} arms, the same steps and batch for each.`)}
${report.unfinished.length > 0 ? escaped(`Not finished, and not counted: ${report.unfinished.join(', ')}.`) : ''}
${report.overruled > 0 ? escaped(`${report.overruled} grades were set by hand.`) : ''}</p>
<h2>What can be said</h2>
<ul>${statements(report).map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>
${furtherRounds(report)}
<h2>Accuracy</h2>
<p class="muted">Percent right; mean over seeds, with Student’s 95 % interval, then each seed.</p>
${accuracyTable(report)}
${tradeoffFigure(report)}
<h2>Differences</h2>
<p class="muted">In points, on the same questions. The interval is a bootstrap that draws seeds, then questions within them.</p>
${differenceTable(report)}
<h2>By skill</h2>
<p class="muted">Test questions by main skill, all seeds together, against the untouched student.</p>
${skillTable(report)}
<h2>The profile against the truth</h2>
<p class="muted">${escaped([agreement(experiment.agreement), ...twoPasses(report)].join(' '))}</p>
${profileTable(report)}
<h2>Which questions were called difficult</h2>
<p class="muted">Each rule the stored answers allow, against the grades of the same answers; the first of a seed was in use.</p>
${difficultyTable(report)}
<h2>Several samples a question</h2>
<p class="muted">Percent right over all samples, and the chance that the best of k is right.</p>
${sampledTable(report)}
<h2>Test questions in the training data</h2>
<p class="muted">Test questions whose text, or half of whose 8-word stretches, is in one training row of the arm.</p>
${contaminationTable(report)}
<h2>What it cost</h2>
${costTable(report)}
<h2>To run it again</h2>
<p class="muted">Every setting of every project.</p>
<details><summary>Configurations</summary><pre>${escaped(JSON.stringify(report.configurations, null, 1))}</pre></details>
</body></html>
`;
}

/** One sentence an arm, on the test set: what it is better and worse than, and what it cannot be told from. */
function statements({ differences, experiment }: WholeReport): string[] {
  const found = differences.filter(({ set }) => set === 'test');
  const most = experiment.seeds.length;
  return [...new Set(found.map(({ arm }) => arm))].map((arm) => {
    const rivals = found.filter((one) => one.arm === arm).sort((a, b) => b.over.mean - a.over.mean);
    const told = (start: string): string => rivals.filter(({ words }) => words.startsWith(start)).map(({ against, over, perSeed }) =>
      `${against} (${points(over.mean)}${perSeed.length < most ? `, ${seedsOf(perSeed.length, most)}` : ''})`).join(', ');
    const parts = [['better', 'better, beyond noise, than'], ['worse', 'worse, beyond noise, than'], ['within', 'within noise of'], ['cannot', 'not to be told from chance against']];
    const said = parts.map(([start, words]) => ({ words, rivals: told(start) })).filter((part) => part.rivals !== '');
    return `${arm}: ${said.map((part) => `${part.words} ${part.rivals}`).join('; ')}.`;
  });
}

function seedsOf(n: number, all: number): string {
  return `${n} of ${all} seeds`;
}

/** What an arm adds to the one it starts from, where there is such an arm. */
function furtherRounds({ continued }: WholeReport): string {
  return continued.length === 0 ? '' : `<h2>What came on top</h2>\n<ul>${continued.map(({ words }) => `<li>${escaped(words)}</li>`).join('')}</ul>`;
}

function accuracyTable({ experiment }: WholeReport): string {
  const sets = experiment.arms[0]?.accuracy.map(({ set }) => set) ?? [];
  return table(['Arm', 'Learning rate', ...sets, 'Missing skills', 'Known skills'], experiment.arms.map((arm) => [
    arm.arm,
    [...new Set(arm.learningRates.map(({ learningRate }) => learningRate ?? ''))].join(' '),
    ...sets.map((set) => percent(arm.accuracy.find((one) => one.set === set)?.over, experiment.seeds.length)),
    percent(arm.missing, experiment.seeds.length), percent(arm.known, experiment.seeds.length),
  ]), 2);
}

/** Means over seeds, one point an arm; nothing where fewer than two arms can be drawn. */
function tradeoffFigure({ experiment: { arms } }: WholeReport): string {
  const [width, height] = [720, 360];
  const base = arms.find(({ kind }) => kind === 'base');
  const gains = arms.flatMap(({ arm, kind, missing, known }) => {
    if (kind === 'base' || !missing || !known || missing.seeds.length === 0) return [];
    return [{ arm, gained: changeOf(missing, base?.missing), kept: changeOf(known, base?.known) }];
  });
  if (gains.length < 2) return '';
  const { across, up, zero, points: dots } = tradeoff(gains, width, height);
  const number = (value: number): string => value.toFixed(1);
  const line = (x1: number, y1: number, x2: number, y2: number): string => `<line x1="${number(x1)}" y1="${number(y1)}" x2="${number(x2)}" y2="${number(y2)}"/>`;
  const text = (x: number, y: number, anchor: string, words: string, more = ''): string =>
    `<text x="${number(x)}" y="${number(y)}" text-anchor="${anchor}" font-size="${TRADEOFF_FONT}"${more}>${escaped(words)}</text>`;
  return `<h2>What was gained, and what it cost</h2>
<p class="muted">Change against the untouched student on the test set, in points, mean over seeds. Higher is more of the missing skills; further right is more of the known ones kept.</p>
<div class="wrap"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Missing skills gained against known skills kept, one point an arm">
${line(zero.x, TRADEOFF_EDGE / 2, zero.x, height - TRADEOFF_EDGE)}${line(TRADEOFF_EDGE, zero.y, width - TRADEOFF_EDGE / 2, zero.y)}
${dots.map(({ arm, x, y, label, apart }) => `${apart ? line(x, y, label.x, label.y - 4) : ''}<circle cx="${number(x)}" cy="${number(y)}" r="4.5"/>${text(label.x, label.y, label.end ? 'end' : 'start', arm)}`).join('\n')}
${text(width / 2, height - 8, 'middle', `known skills, ${points(across[0])} to ${points(across[1])}`, ' class="muted"')}
${text(-height / 2, 13, 'middle', `missing skills, ${points(up[0])} to ${points(up[1])}`, ' class="muted" transform="rotate(-90)"')}
</svg></div>`;
}

/** Mean change over the seeds that have both. */
function changeOf(after: SeedSummary, before: SeedSummary | undefined): number {
  const was = new Map(before?.seeds.map(({ seed, value }) => [seed, value]));
  const changes = after.seeds.flatMap(({ seed, value }) => (was.has(seed) ? [value - (was.get(seed) ?? 0)] : []));
  return changes.reduce((sum, change) => sum + change, 0) / Math.max(1, changes.length);
}

function differenceTable({ differences }: WholeReport): string {
  return table(['Arm', 'Against', 'Set', 'Difference', '95 %', 'Each seed', 'In words'], differences.map(({ arm, against, set, over, perSeed, words }) => [
    arm, against, set, points(over.mean), over.low === undefined || over.high === undefined ? '' : `${points(over.low)} to ${points(over.high)}`,
    perSeed.map(({ counts }) => points(counts.difference)).join(' '), words,
  ]), 3, 6);
}

function skillTable({ skills }: WholeReport): string {
  const share = (part: number, n: number): string => (n === 0 ? '' : ((100 * part) / n).toFixed(1));
  return [...new Set(skills.map(({ arm }) => arm))].map((name) => `<details><summary>${escaped(name)}</summary>
${table(['Skill', 'Questions', 'Before %', 'After %', 'Fixed', 'Broken'], skills.filter(({ arm }) => arm === name).map(({ skill, n, before, after, fixed, broken }) =>
    [skill, String(n), share(before, n), share(after, n), String(fixed), String(broken)]), 1)}</details>`).join('\n');
}

function profileTable({ profile }: WholeReport): string {
  return table(['Seed', 'Skill', 'Missing', 'Missing rate', 'True error rate'], profile.flatMap(({ seed, rows }) => rows.map(({ skill, count, rate, trueError }) =>
    [String(seed), skill, String(count), rate.toFixed(2), trueError === undefined ? 'not asked' : trueError.toFixed(2)])), 2);
}

function difficultyTable({ experiment }: WholeReport): string {
  const share = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(2));
  return table(['Seed', 'Rule', 'Difficult', 'Precision', 'Recall', 'Accuracy'], experiment.projects.flatMap(({ seed, difficulty }) =>
    difficulty.map(({ rule, flagged, detection: { precision, recall, accuracy } }) => [String(seed), rule.kind, String(flagged), share(precision), share(recall), share(accuracy)])), 2);
}

function sampledTable({ experiment }: WholeReport): string {
  const share = (value: number | undefined): string => (value === undefined ? '' : (100 * value).toFixed(1));
  const rows = experiment.projects.flatMap(({ seed, arms }) => arms.flatMap(({ arm, sets }) => sets.flatMap(({ set, sampled }) => sampled === undefined ? [] : [[
    String(seed), arm, set, String(sampled.samples), share(sampled.average), sampled.passAt.map(({ k, value }) => `pass@${k} ${share(value)}`).join(', '),
  ]])));
  return rows.length === 0 ? '<p>None were drawn.</p>' : table(['Seed', 'Arm', 'Set', 'Samples', 'avg@k', 'pass@k'], rows, 3);
}

function contaminationTable({ contamination }: WholeReport): string {
  return table(['Seed', 'Arm', 'Set', 'Test questions', 'Of them in the training rows', 'Such as'], contamination.map(({ seed, arm, set, tests, contaminated, examples }) => [
    String(seed), arm, set, String(tests), String(contaminated), examples.map(({ testId, trainId }) => `${testId} in ${trainId}`).join('; '),
  ]), 3, 5);
}

function costTable({ cost }: WholeReport): string {
  const rows = [
    ['Tokens the student was trained on', cost.studentTokens.toLocaleString('en')], ['Runs, every learning rate counted', String(cost.runs)],
    ['Teacher', cost.teacher.join(', ')], ['Requests to a language model', String(cost.teacherCalls)],
    ['Tokens read by it', cost.teacherInputTokens.toLocaleString('en')], ['Tokens written by it', cost.teacherOutputTokens.toLocaleString('en')],
    ['Price', cost.money === undefined ? 'not known' : `$${cost.money.toFixed(2)}`],
  ];
  return table(['What', 'How much'], rows, 1);
}

function agreement({ seeds }: SeedSummary): string {
  if (seeds.length === 0) return 'No rank correlation: the profile or the error rates are constant.';
  return `Spearman’s rank correlation of the missing rate with the true error rate: ${seeds.map(({ seed, value }) => `${value.toFixed(2)} (seed ${seed})`).join(', ')}.`;
}

/** One sentence a seed whose teacher was asked twice. */
function twoPasses({ experiment }: WholeReport): string[] {
  return experiment.projects.flatMap(({ seed, twoPasses: found }) => found === undefined || found.questions === 0 ? [] : [
    `Asked twice about ${found.questions} answers (seed ${seed}), the teacher’s two lists of missing skills overlap by ${(100 * (found.jaccard ?? 0)).toFixed(0)} % (Jaccard); `
    + `Cohen’s kappa by skill: ${found.skills.map(({ skill, kappa }) => `${skill} ${kappa === undefined ? 'undefined' : kappa.toFixed(2)}`).join(', ')}.`,
  ]);
}

/** @param seeds of the experiment: where fewer have the arm, that is said. */
function percent(summary: SeedSummary | undefined, seeds: number): string {
  if (!summary || summary.seeds.length === 0) return '';
  const text = (value: number): string => (100 * value).toFixed(1);
  const interval = summary.low === undefined || summary.high === undefined ? '' : ` [${text(Math.max(0, summary.low))}, ${text(Math.min(1, summary.high))}]`;
  const each = summary.seeds.length < 2 ? '' : ` (${summary.seeds.map(({ value }) => text(value)).join(' ')})`;
  return `${text(summary.mean)}${interval}${each}${summary.seeds.length < seeds ? `, ${seedsOf(summary.seeds.length, seeds)}` : ''}`;
}

function points(value: number): string {
  return `${value < 0 ? '' : '+'}${(100 * value).toFixed(1)}`;
}

/** Columns from `firstNumber` to before `endNumber` are numbers, right-aligned. */
function table(header: readonly string[], rows: readonly (readonly string[])[], firstNumber: number, endNumber = Infinity): string {
  const mark = (column: number): string => (column >= firstNumber && column < endNumber ? ' class="n"' : '');
  const head = header.map((cell, i) => `<th scope="col"${mark(i)}>${escaped(cell)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell, i) => (i === 0 ? `<th scope="row">${escaped(cell)}</th>` : `<td${mark(i)}>${escaped(cell)}</td>`)).join('')}</tr>`).join('\n');
  return `<div class="wrap"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}
