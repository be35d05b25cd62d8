/** `skills`: the Skill-Map of a file of questions, with labels from another file, and the weights for answers known to be wrong. */
import { basename } from 'node:path';
import { StudioError } from '../core/errors';
import { decodeText } from '../data/decodeText';
import { readSkillFile, withLabels } from '../data/skillFiles';
import { normaliseQuestion } from '../data/split';
import type { Question } from '../data/types';
import { writeJsonl } from '../data/writeJsonl';
import { skillReport } from '../stat/skillReport';
import type { Command, Given, Result } from './command';
import { readNamedFile, writeWhole } from './folders';
import { readQuestions } from './questions';

export const skillsCommand: Command = {
  name: 'skills',
  summary: 'How many questions need each skill, and what wrong answers say about them.',
  usage: 'skills --data F.jsonl [--labels L.json] [--wrong IDS.txt] [--by count|rate] [--out LABELLED.jsonl]',
  options: { data: { type: 'string' }, labels: { type: 'string' }, wrong: { type: 'string' }, by: { type: 'string' }, out: { type: 'string' } },
  async run(given, { terminal }): Promise<Result> {
    const { questions, skipped } = await readQuestions(given.needed('data'), terminal);
    const joined = await joinLabels(questions, given);
    const wrong = await wrongIds(joined.questions, given.text('wrong'));
    const { weights, ...report } = skillReport(joined.questions, wrong, given.choice<'count' | 'rate'>('by', ['count', 'rate'], 'count'));
    const out = given.text('out');
    if (out !== undefined) await writeWhole(out, writeJsonl(joined.questions.map((question, i) => (wrong.size > 0 ? { ...question, weight: weights[i] } : question))));
    const counts = new Map(report.profile.entries.map((entry) => [entry.skill, entry]));
    const lines = report.skills.map(({ skill, questions: n }) => `  ${skill.padEnd(44)} ${String(n).padStart(6)} ${String(counts.get(skill)?.count ?? 0).padStart(7)}`);
    return {
      json: { questions: joined.questions.length, skipped, labelled: joined.labelled, unmatched: joined.unmatched, wrong: wrong.size, ...report },
      text: [`  ${'skill'.padEnd(44)} questions missing`, ...lines, `${report.unlabelled} questions have no skill; ${joined.unmatched} labels fit no question.`].join('\n'),
    };
  },
};

async function joinLabels(questions: Question[], given: Given): Promise<ReturnType<typeof withLabels>> {
  const path = given.text('labels');
  if (path === undefined) return { questions, labelled: 0, unmatched: 0 };
  const file = readSkillFile(await readNamedFile(path), basename(path));
  if (file.kind === 'labels') return withLabels(questions, file.labels);
  throw new StudioError('cli-no-labels', `"${path}" is a list of skills, not labels of questions.`, { remedy: 'Give a file that says which question needs which skill.' });
}

/** One id, or one question text, a line. */
async function wrongIds(questions: readonly Question[], path: string | undefined): Promise<Set<string>> {
  if (path === undefined) return new Set();
  const idOf = new Map(questions.flatMap(({ id, question }): [string, string][] => [[normaliseQuestion(question), id], [id, id]]));
  const lines = decodeText(await readNamedFile(path), path).split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return new Set(lines.map((line) => {
    const id = idOf.get(line) ?? idOf.get(normaliseQuestion(line));
    if (id === undefined) throw new StudioError('cli-unknown-question', `"${line.slice(0, 80)}" is neither an id nor a question of the data.`, { where: path });
    return id;
  }));
}
