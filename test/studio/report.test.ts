/** The report of a whole experiment: its figures counted again here, its words, its page, and the command that writes it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profileFrom } from '../../src/stat/profile';
import { openFileStore } from '../../src/store/fileStore';
import type { Project, RunRow, SetName, StudioStore } from '../../src/store/types';
import { overruleAnswer } from '../../src/studio/overrule';
import { datasetProject } from '../../src/studio/project';
import { escaped, reportHtml } from '../../src/studio/reportHtml';
import { setQuestions } from '../../src/studio/splits';
import { inWords } from '../../src/stat/report';
import { controlsOf, wholeReport, type WholeReport } from '../../src/studio/wholeReport';
import { document, stat } from '../cli/commandLine';
import { temporaryFolder } from './tinyProject';

const hostile = '<script>alert("x")</script>';
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let store: StudioStore;
let projects: Project[];
let report: WholeReport;
const right: Record<string, (i: number) => boolean> = { uniform: (i) => i % 3 === 0, base: (i) => i % 2 === 0, sft: (i) => i % 2 === 0 || i % 10 === 1, 'stat-sel': (i) => i % 5 !== 4 };

beforeAll(async () => {
  folder = await temporaryFolder();
  store = await openFileStore(folder.path);
  const dataset = { id: 'd', name: `Sums & ${hostile}`, createdAt: 1, format: 'jsonl' as const, rows: 400, skippedRows: 0 };
  await store.put('questions', Array.from({ length: 400 }, (_, i) => ({
    key: `d/${i}`, datasetId: 'd', position: i, id: String(i), question: `What is ${i} + ${i}?`, answer: `#### ${2 * i}`, skills: [i % 3 === 0 ? hostile : 'add'],
  })));
  projects = [0, 1].map((seed) => ({ ...datasetProject(dataset, 'nobody', seed), id: `seed-${seed}`, arms: [...datasetProject(dataset, 'nobody', seed).arms.slice(0, 3), { name: 'uniform', kind: 'uniform' as const, learningRate: 0.001 }] }));
  await store.put('projects', [...projects, { ...projects[0], id: 'seed-9', name: 'half done' }]);
  for (const project of projects) await fill(project);
  report = await wholeReport(store, await store.all('projects'));
});
afterAll(() => folder.remove());

async function fill(project: Project): Promise<void> {
  const questions = (await setQuestions(project, store)).get('test') ?? [];
  const profile = profileFrom([{ questionId: questions[1].id, judgedCorrect: false, missing: questions[1].skills, reason: '' }], questions);
  await store.put('profiles', [{ projectId: project.id, profile, judgements: [], teacher: 'Labels of the file' }]);
  const runs = project.arms.filter((arm) => arm.kind !== 'base').map((arm): RunRow => ({
    id: `${project.id}/${arm.name}@0.001`, projectId: project.id, arm: arm.name, kind: arm.kind, learningRate: 0.001, status: 'finished', step: 10, steps: 10, tokens: 1000,
    effectiveSampleSize: 5, chosen: true,
  }));
  await store.put('runs', runs);
  await store.put('trainingSets', runs.map(({ arm }) => ({ key: `${project.id}/${arm}`, projectId: project.id, arm, rows: [0, 1], weights: [1, 1] })));
  const set: SetName = 'test';
  for (const { name } of project.arms) {
    const runId = name === 'base' ? 'base' : `${project.id}/${name}@0.001`;
    await store.put('responses', questions.map(({ id }, i) => ({
      key: `${project.id}/${runId}/${set}/${id}`, projectId: project.id, runId, set, questionId: id, text: 'x', correct: right[name](i), rule: 'test',
    })));
  }
}

describe('the report', () => {
  it('counts what the answers hold', async () => {
    const n = (await setQuestions(projects[0], store)).get('test')?.length ?? 0;
    const share = (arm: string): number => Array.from({ length: n }, (_, i) => Number(right[arm](i))).reduce((a, b) => a + b, 0) / n;
    expect(n).toBe(60);
    for (const { arm, accuracy } of report.experiment.arms) expect(accuracy[0].over.mean).toBeCloseTo(share(arm), 12);
    const difference = report.differences.find((one) => one.arm === 'stat-sel' && one.against === 'sft');
    expect(difference?.over.mean).toBeCloseTo(share('stat-sel') - share('sft'), 12);
    expect(report.differences.map(({ arm, against }) => `${arm}-${against}`)).toEqual(['sft-base', 'stat-sel-base', 'stat-sel-sft', 'stat-sel-uniform', 'uniform-base', 'uniform-sft']);
    const sums = report.skills.filter(({ arm }) => arm === 'stat-sel');
    expect(sums.reduce((sum, row) => sum + row.n, 0)).toBe(2 * n);
    expect(sums.reduce((sum, row) => sum + row.after, 0)).toBe(2 * n * share('stat-sel'));
    expect(sums.reduce((sum, row) => sum + row.fixed - row.broken, 0)).toBe(Math.round(2 * n * (share('stat-sel') - share('base'))));
    expect(report.profile.map(({ seed }) => seed)).toEqual([0, 1]);
    const weighted = report.profile[0].rows.reduce((sum, row) => sum + (row.trueError ?? 0), 0);
    expect(weighted).toBeGreaterThan(0);
  });

  it('names the cost, the settings, and what is not finished', () => {
    expect(report.cost).toMatchObject({ studentTokens: 6000, runs: 6, teacherCalls: 0, teacher: ['Labels of the file'] });
    expect(report.configurations).toEqual(projects);
    expect(report.unfinished).toEqual(['half done']);
    expect(report.contamination.map(({ seed, arm, set, contaminated }) => [seed, arm, set, contaminated])).toEqual([0, 1].flatMap((seed) => projects[0].arms.slice(1).map(({ name }) => name).map((arm) => [seed, arm, 'test', 0])));
  });

  it('says in words what an interval allows', () => {
    expect(inWords({ mean: 0.05, low: 0.01, high: 0.09 }, 3)).toBe('better by 5.0 points, beyond noise');
    expect(inWords({ mean: -0.05, low: -0.09, high: -0.01 }, 1)).toBe('worse by 5.0 points, beyond noise, on a single seed');
    expect(inWords({ mean: 0.05, low: -0.01, high: 0.09 }, 3)).toBe('within noise: the interval holds zero');
    expect(inWords({ mean: 0.05 }, 3)).toContain('no interval');
  });

  it('holds reinforcement of an arm against reinforcement without the profile, and an adapter against all weights', () => {
    const arms = [
      { name: 'sft', kind: 'sft' }, { name: 'stat-sel', kind: 'stat-sel' }, { name: 'alone', kind: 'grpo' },
      { name: 'sft+grpo', kind: 'grpo', from: 'sft' }, { name: 'stat+grpo', kind: 'grpo', from: 'stat-sel' },
    ];
    const against = arms.map((arm) => controlsOf(arm, arms).map(({ name }) => name));
    expect(against).toEqual([[], [], [], ['alone'], ['alone', 'sft+grpo']]);
    const tuned = [{ name: 'sft', kind: 'sft' }, { name: 'sft-lora', kind: 'sft', lora: { rank: 8, alpha: 16, dropout: 0, targets: 'all-linear' as const, rankStabilised: false } }];
    expect(controlsOf(tuned[1], tuned)).toEqual([tuned[0]]);
  });

  it('follows a grade set by hand, and says that there are some', async () => {
    const row = (await store.where('responses', 'runId', 'seed-0/stat-sel@0.001')).find((one) => !one.correct);
    await overruleAnswer(store, row?.key ?? '', true);
    const again = await wholeReport(store, projects);
    const mean = (from: WholeReport): number => from.experiment.arms[2].accuracy[0].over.mean;
    expect(mean(again) - mean(report)).toBeCloseTo(1 / 120, 12);
    expect([report.overruled, again.overruled]).toEqual([0, 1]);
    await overruleAnswer(store, row?.key ?? '', undefined);
  });

  it('counts an arm of some seeds only over those, and says so', async () => {
    const found = await wholeReport(store, [projects[0], { ...projects[1], arms: projects[1].arms.filter(({ name }) => name !== 'uniform') }]);
    const against = found.differences.find(({ arm, against: other }) => arm === 'stat-sel' && other === 'uniform');
    expect(against?.perSeed.map(({ seed }) => seed)).toEqual([0]);
    const html = reportHtml(found, 'x');
    expect(html).toMatch(/within noise of [^;]*uniform \([^)]*, 1 of 2 seeds\)|than [^;]*uniform \([^)]*, 1 of 2 seeds\)/);
    expect(html).toMatch(/<th scope="row">uniform<\/th>.*, 1 of 2 seeds/);
  });

  it('refuses a store without results', async () => {
    await expect(wholeReport(store, [{ ...projects[0], id: 'none' }])).rejects.toMatchObject({ code: 'report-nothing' });
  });
});

describe('its page', () => {
  it('stands by itself and shows foreign names as text', () => {
    const html = reportHtml(report, `Title ${hostile}`);
    expect(html).not.toMatch(/<script|<img|<link|<iframe|src=|href=|url\(|javascript:/i);
    expect(html).toContain(escaped(hostile));
    // One an arm of the skills, folded.
    expect(html.match(/<table>/g)?.length).toBe(6 + 3);
    expect(html.match(/<details><summary>(sft|stat-sel|uniform)</g)).toHaveLength(3);
    for (const { arm, against, over, words } of report.differences) {
      const start = { better: 'better, beyond noise, than', worse: 'worse, beyond noise, than', within: 'within noise of' }[words.split(' ')[0]];
      const change = `${over.mean < 0 ? '' : '+'}${(100 * over.mean).toFixed(1)}`;
      expect(html.match(new RegExp(`<li>${arm}: .*`))?.[0].split('; ').find((part) => part.includes(`${start} `))).toContain(`${against} (${change})`);
    }
    expect(html).not.toContain('What came on top');
    expect([...html.matchAll(/<text[^>]*>(sft|stat-sel|uniform)<\/text>/g)].map(([, arm]) => arm)).toEqual(['sft', 'stat-sel', 'uniform']);
    const round = { words: `two goes on from ${hostile}` } as WholeReport['continued'][number];
    expect(reportHtml({ ...report, continued: [round] }, 'x')).toContain(`<li>two goes on from ${escaped(hostile)}</li>`);
    expect(html).toContain('&quot;weightDecay&quot;: 0.01');
  });
});

describe('report, on the command line', { timeout: 60_000 }, () => {
  it('writes the page and the JSON, and refuses a folder that is no run', async () => {
    const out = join(folder.path, 'r.html');
    const ended = await stat(['report', '--run', folder.path, '--out', out, '--json']);
    expect(ended.status, ended.stderr).toBe(0);
    expect(document(ended).files).toEqual([out, join(folder.path, 'r.json')]);
    expect(await readFile(out, 'utf8')).toContain('<!doctype html>');
    expect(JSON.parse(await readFile(join(folder.path, 'r.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));
    const wrong = await stat(['report', '--run', join(folder.path, 'blobs'), '--out', out, '--json']);
    expect(wrong.status).toBe(1);
    expect(document(wrong)).toMatchObject({ error: { code: 'cli-no-run' } });
  });
});
