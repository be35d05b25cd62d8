/** `evaluate`: a student's accuracy on a file of questions, overall and per skill, with every response. */
import { loadGrader } from '../grade/graders';
import { perSkill } from '../stat/report';
import { answerQuestions } from '../studio/answers';
import { Generator } from '../train/generate';
import type { Command, Result } from './command';
import { openNodeEngine } from './nodeEngine';
import { readQuestions } from './questions';
import { namedStudent, STUDENT_OPTIONS } from './student';

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'Accuracy of a student on a file of questions, overall and per skill.',
  usage: 'evaluate --student DIR [--adapter DIR] [--base f32|f16|q8|q4] --data F.jsonl [--grader final|exact|numeric|choice|math] [--max-tokens 40] [--temperature 0] [--seed N]',
  options: {
    ...STUDENT_OPTIONS, data: { type: 'string' }, grader: { type: 'string' }, 'max-tokens': { type: 'string' },
    temperature: { type: 'string' }, seed: { type: 'string' },
  },
  async run(given, { terminal, signal }): Promise<Result> {
    const student = await namedStudent(given);
    const { questions, skipped } = await readQuestions(given.needed('data'), terminal);
    const grade = await loadGrader(given.text('grader'));
    const options = {
      maxTokens: given.integer('max-tokens', 40, 1),
      temperature: given.number('temperature', 0),
      seed: given.integer('seed', 0),
    };
    const engine = await openNodeEngine(given, terminal);
    const generator = await Generator.create(engine, student);
    const say = (done: number, total: number) => terminal.progress(`${done}/${total} answered`);
    const responses = await answerQuestions(generator, student, questions, grade, options, say, signal);
    generator.dispose();
    const right = responses.filter((response) => response.correct).length;
    const accuracy = right / questions.length;
    const skills = perSkill(questions, responses, responses).map(({ skill, counts: { n, after } }) => ({ skill, accuracy: after, right: Math.round(after * n), total: n }));
    const lines = skills.map((row) => `  ${row.skill.padEnd(24)} ${(100 * row.accuracy).toFixed(1).padStart(5)} %  (${row.right}/${row.total})`);
    return {
      json: { accuracy, right, total: questions.length, skipped, skills, responses, adapter: engine.report.description },
      text: `${(100 * accuracy).toFixed(1)} % right (${right}/${questions.length})\n${lines.join('\n')}`,
    };
  },
};
