/** An experiment's report as a person reads it in a terminal. */
import type { SeedSummary } from '../stat/report';
import type { ExperimentReport } from '../studio/experiment';
import type { ValidationReport } from '../studio/onValidation';

/** Arms by row: accuracy on every set, differences, missing and known skills; then the per-skill table and the profile. */
export function experimentText(report: ExperimentReport): string {
  const sets = report.arms[0]?.accuracy.map(({ set }) => set) ?? [];
  const header = ['arm', 'rate', ...sets.map((set) => set.replace('ood:', '')), '- base', '- sft', 'missing', 'known'];
  const rows = report.arms.map((arm) => [
    arm.arm,
    [...new Set(arm.learningRates.map(({ learningRate }) => learningRate ?? ''))].join(' '),
    ...arm.accuracy.map(({ over }) => percent(over)),
    arm.kind === 'base' ? '' : points(arm.minusBase),
    arm.minusSft ? points(arm.minusSft) : '',
    arm.missing ? percent(arm.missing) : '',
    arm.known ? percent(arm.known) : '',
  ]);
  const ranks = report.agreement.seeds.map(({ seed, value }) => `${value.toFixed(2)} (seed ${seed})`);
  return [
    `Seeds ${report.seeds.join(', ')}. Accuracy in percent; with several seeds the mean, its 95 % interval, and each seed.`,
    table([header, ...rows]),
    '',
    'Test accuracy by skill, mean over seeds (* missing in at least one student)',
    table(skillRows(report)),
    '',
    `Spearman of the profile's missing rate with the true error rate: ${ranks.length > 0 ? ranks.join(', ') : 'none, one of them is constant'}`,
  ].join('\n');
}

/** Every run of one seed on validation, chosen or not. */
export function validationText({ seed, rows }: ValidationReport): string {
  const cell = (value: number | undefined): string => (value === undefined ? '' : (100 * value).toFixed(1));
  const lines = rows.map(({ arm, learningRate, replay, chosen, accuracy, missing, known, kept }) =>
    [arm, String(learningRate ?? ''), String(replay ?? ''), cell(accuracy), cell(missing), cell(known), String(kept ?? ''), chosen ? '' : 'not chosen']);
  return `Seed ${seed}, validation alone, in percent\n${table([['arm', 'rate', 'replay', 'all', 'missing', 'known', 'kept', ''], ...lines])}`;
}

function skillRows({ arms, projects }: ExperimentReport): string[][] {
  const skills = [...new Set(projects.flatMap((project) => project.arms[0]?.skills.map(({ skill }) => skill) ?? []))];
  const missing = new Set(projects.flatMap((project) => project.missingSkills));
  return [
    ['skill', ...arms.map(({ arm }) => arm)],
    ...skills.map((skill) => [
      missing.has(skill) ? `${skill} *` : skill,
      ...arms.map(({ arm }) => {
        const found = projects.flatMap((project) =>
          project.arms.find((each) => each.arm === arm)?.skills.filter((row) => row.skill === skill).map(({ counts }) => counts.after) ?? []);
        return found.length > 0 ? (100 * (found.reduce((a, b) => a + b, 0) / found.length)).toFixed(0) : '';
      }),
    ]),
  ];
}

function percent(summary: SeedSummary): string {
  return described(summary, (value) => (100 * value).toFixed(1));
}

function points(summary: SeedSummary): string {
  return described(summary, (value) => `${value < 0 ? '' : '+'}${(100 * value).toFixed(1)}`);
}

function described({ mean, low, high, seeds }: SeedSummary, text: (value: number) => string): string {
  if (seeds.length < 2) return text(mean);
  const interval = low === undefined || high === undefined ? '' : ` [${text(low)}, ${text(high)}]`;
  return `${text(mean)}${interval} (${seeds.map(({ value }) => text(value)).join(' ')})`;
}

function table(rows: string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}
