/** `benchmark`: a published test set as questions, and whether any training file holds some of it. */
import { benchmarkByName } from '../data/benchmarks/benchmarks';
import { contamination, contaminationDefaults } from '../data/benchmarks/contamination';
import { writeJsonl } from '../data/writeJsonl';
import type { Command, Result } from './command';
import { writeWhole } from './folders';
import { readNamedBenchmark, readQuestions } from './questions';

export const benchmarkCommand: Command = {
  name: 'benchmark',
  summary: 'Reads a published test set, and checks training data against it.',
  usage: 'benchmark --name math|math-500|gsm8k|amc23|aime24|aime25|math-perturb|math2|svamp --data FILE [--train F.jsonl] [--n 8] [--overlap 0.5] [--out Q.jsonl]',
  options: {
    name: { type: 'string' }, data: { type: 'string' }, train: { type: 'string' }, n: { type: 'string' }, overlap: { type: 'string' }, out: { type: 'string' },
  },
  async run(given, { terminal }): Promise<Result> {
    const benchmark = benchmarkByName(given.needed('name'));
    const { questions, problems, notices } = await readNamedBenchmark(benchmark, given.needed('data'), terminal);
    const out = given.text('out');
    if (out !== undefined) await writeWhole(out, writeJsonl(questions));
    const { name, title, grader, measure } = benchmark;
    const lines = [`${title}: ${questions.length} questions, ${problems.length} rows left out. Grade it with "${grader}", count ${measure}.`];
    const train = given.text('train');
    const check = train === undefined ? undefined : contamination((await readQuestions(train, terminal)).questions, questions, {
      n: given.integer('n', contaminationDefaults.n, 1, 50), threshold: given.number('overlap', contaminationDefaults.threshold, 0.05, 1),
    });
    if (check) {
      lines.push(`${check.contaminated} of its questions are in the training data, or nearly.`);
      for (const { testId, trainId, overlap, equal } of check.pairs.slice(0, 10)) lines.push(`  ${testId} in ${trainId}: ${equal ? 'the same text' : `${(100 * overlap).toFixed(0)} %`}`);
    }
    return { json: { benchmark: name, grader, measure, questions: questions.length, skipped: problems.length, notices, contamination: check }, text: lines.join('\n') };
  },
};
