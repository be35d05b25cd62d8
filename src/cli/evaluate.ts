/** `evaluate`: a student's accuracy on a file of questions, overall and per skill, with every response. */
import { seedOf } from '../core/random';
import { benchmarkByName } from '../data/benchmarks/benchmarks';
import type { Question, Response } from '../data/types';
import { loadGrader } from '../grade/graders';
import { sampledAccuracy } from '../stat/passAt';
import { perSkill } from '../stat/report';
import { answerQuestions } from '../studio/answers';
import { openFileStore } from '../store/fileStore';
import { secondOpinion } from '../studio/secondOpinion';
import { Generator } from '../train/generate';
import type { Command, Given, Result } from './command';
import { claimFolder } from './folders';
import { openNodeEngine } from './nodeEngine';
import { readNamedBenchmark, readQuestions } from './questions';
import { namedStudent, STUDENT_OPTIONS } from './student';
import { planFrom, teacherFor, teacherOptions, teacherUsage } from './teacher';
import type { Terminal } from './terminal';

/** Where several samples are wanted and no temperature is given: at 0 all would be one. */
const SAMPLED_AT = 0.7;

const share = (value: number | undefined) => (value === undefined ? 'unknown' : `${(100 * value).toFixed(1)} %`);

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'Accuracy of a student on a file of questions, overall and per skill.',
  usage: 'evaluate --student DIR [--adapter DIR] [--base f32|f16|q8|q4] --data F.jsonl [--benchmark math-500|gsm8k|aime24|…] [--grader final|exact|numeric|choice|math] [--max-tokens 40] [--temperature 0] [--seed N] [--samples N [--k 1,N]]'
    + ` [--judge --ledger DIR ${teacherUsage}]`,
  options: {
    ...STUDENT_OPTIONS, data: { type: 'string' }, grader: { type: 'string' }, 'max-tokens': { type: 'string' },
    temperature: { type: 'string' }, seed: { type: 'string' }, samples: { type: 'string' }, k: { type: 'string' }, benchmark: { type: 'string' },
    ...teacherOptions, judge: { type: 'boolean' }, ledger: { type: 'string' },
  },
  async run(given, { terminal, signal }): Promise<Result> {
    const student = await namedStudent(given);
    const published = given.text('benchmark');
    const benchmark = published === undefined ? undefined : benchmarkByName(published);
    const { questions, skipped } = benchmark ? await readNamedBenchmark(benchmark, given.needed('data'), terminal) : await readQuestions(given.needed('data'), terminal);
    const grade = await loadGrader(given.text('grader') ?? benchmark?.grader);
    const samples = given.integer('samples', 1, 1, 1024);
    const options = {
      maxTokens: given.integer('max-tokens', 40, 1),
      temperature: given.number('temperature', samples > 1 ? SAMPLED_AT : 0),
      seed: given.integer('seed', 0),
    };
    const engine = await openNodeEngine(given, terminal);
    const generator = await Generator.create(engine, student);
    const responses: Response[] = [];
    for (let sample = 1; sample <= samples; sample++) {
      const say = (done: number, total: number) => terminal.progress(`${samples > 1 ? `sample ${sample}/${samples}  ` : ''}${done}/${total} answered`);
      const seed = samples > 1 ? seedOf(options.seed, 'sample', sample) : options.seed;
      responses.push(...(await answerQuestions(generator, student, questions, grade, { ...options, seed }, say, signal)));
    }
    generator.dispose();
    const failed = given.flag('judge') ? await judgedByTeacher(given, questions, responses, terminal, signal) : undefined;
    const right = responses.filter((response) => response.correct).length;
    const accuracy = right / responses.length;
    const sampled = samples > 1 ? sampledAccuracy(responses, given.integers('k') ?? [1, samples]) : undefined;
    const first = responses.slice(0, questions.length);
    const skills = perSkill(questions, first, first).map(({ skill, counts: { n, after } }) => ({ skill, accuracy: after, right: Math.round(after * n), total: n }));
    const lines = skills.map((row) => `  ${row.skill.padEnd(24)} ${(100 * row.accuracy).toFixed(1).padStart(5)} %  (${row.right}/${row.total})`);
    return {
      json: { accuracy, right, total: responses.length, skipped, samples: sampled, teacherFailed: failed, skills, responses, adapter: engine.report.description },
      text: [
        `${(100 * accuracy).toFixed(1)} % right (${right}/${responses.length})`,
        ...(sampled ? [`avg@${samples} ${share(sampled.average)}, ${sampled.passAt.map(({ k, value }) => `pass@${k} ${share(value)}`).join(', ')}`, 'First sample by skill:'] : []),
        ...lines,
      ].join('\n'),
    };
  },
};

/** Replaces, in place, the verdicts of what the grader calls wrong by the teacher's; its replies are kept in the ledger of a folder. @returns rows without a verdict */
async function judgedByTeacher(given: Given, questions: Question[], responses: Response[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  const folder = given.needed('ledger');
  await claimFolder(folder, true);
  const teacher = await teacherFor(planFrom(given), given, 'evaluate', await openFileStore(folder), signal);
  let failed = 0;
  for (let start = 0; start < responses.length; start += questions.length) {
    const judged = await secondOpinion(teacher, questions, responses.slice(start, start + questions.length), {
      signal, onProgress: (ended, all) => terminal.progress(`${ended}/${all} judged by the teacher`),
    });
    responses.splice(start, questions.length, ...judged.responses);
    failed += judged.failures.length;
  }
  return failed;
}
