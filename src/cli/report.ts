/** `report`: what an experiment found, as a page that stands by itself and as JSON. */
import { StudioError } from '../core/errors';
import { openFileStore } from '../store/fileStore';
import { reportHtml } from '../studio/reportHtml';
import { wholeReport } from '../studio/wholeReport';
import type { Command, Result } from './command';
import { listFolder, writeWhole } from './folders';

export const reportCommand: Command = {
  name: 'report',
  summary: 'Writes what a run found as one HTML page, with the same as JSON beside it.',
  usage: 'report --run DIR --out FILE.html [--title TEXT]',
  options: { run: { type: 'string' }, out: { type: 'string' }, title: { type: 'string' } },
  async run(given): Promise<Result> {
    const folder = given.needed('run');
    const out = given.needed('out');
    if (!/\.html?$/i.test(out)) throw new StudioError('cli-arguments', `--out must name an .html file, not "${out}".`);
    // A report only reads: a folder that is no run must not be made into one.
    if (!(await listFolder(folder)).includes('projects.jsonl')) {
      throw new StudioError('cli-no-run', `"${folder}" holds no run.`, { remedy: 'Name the folder given to run --out.' });
    }
    const store = await openFileStore(folder);
    const report = await wholeReport(store, await store.all('projects'));
    const title = given.text('title') ?? [...new Set(report.configurations.map(({ name }) => name))].slice(0, 3).join(', ');
    const json = out.replace(/\.html?$/i, '.json');
    await writeWhole(out, reportHtml(report, title));
    await writeWhole(json, `${JSON.stringify(report, null, 1)}\n`);
    const lines = report.differences.filter(({ set }) => set === 'test').map(({ arm, against, words }) => `  ${arm} against ${against}: ${words}`);
    const text = [`${out} and ${json} written.`, ...lines, ...report.continued.map(({ words }) => `  ${words}`)].join('\n');
    return { json: { ...report, files: [out, json] }, text };
  },
};
