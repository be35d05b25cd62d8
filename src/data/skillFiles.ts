/** Skill lists and labels a person brings: which questions need which skills, in a file of their own. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { readTable } from './importDataset';
import { decodeText } from './decodeText';
import { detectColumns } from './columns';
import { limits, quoted } from './problems';
import { FieldProblem, skillsOf } from './rowFields';
import { normaliseQuestion } from './split';
import type { Question, Skill } from './types';

/** Up to so many skills a question (paper, App. C.3.1). */
export const mostSkillsPerQuestion = 5;
const mostListed = 1000;

const Name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(limits.skillCharacters));
const LabelMap = v.object({ question2skill: v.record(v.string(), v.union([Name, v.pipe(v.array(Name), v.maxLength(limits.skills))])) });
const SkillList = v.pipe(
  v.array(v.union([Name, v.object({ name: Name, description: v.optional(v.pipe(v.string(), v.maxLength(2000)), '') })])), v.maxLength(mostListed));

/** `labels`: normalised question text → its skills, the main one first, at most five. `list`: names with descriptions. */
export type SkillFile =
  | { kind: 'labels'; labels: Map<string, string[]>; /** Names past the fifth of a question. */ cut: number }
  | { kind: 'list'; skills: Skill[] };

/**
 * Reads `{"question2skill": {question: [skills]}}` (the shape the STAT authors publish), rows with a question and skills (JSONL, JSON,
 * CSV), a JSON list of names or of `{name, description}`, or one `name: description` a line. Throws `data-no-skills`.
 */
export function readSkillFile(bytes: Uint8Array, name: string): SkillFile {
  const text = decodeText(bytes, name);
  const json = /^\s*[[{]/.test(text) ? parse(text) : undefined;
  const map = v.safeParse(LabelMap, json);
  if (map.success) return labelled(Object.entries(map.output.question2skill).map(([question, skills]) => [question, [skills].flat()]), name);
  const list = v.safeParse(SkillList, json);
  if (list.success && list.output.length > 0) return { kind: 'list', skills: distinct(list.output.map((one) => (typeof one === 'string' ? { name: one, description: '' } : one))) };
  if (/^\s*[[{]/.test(text) || /\.(csv|tsv)$/i.test(name)) return rows(bytes, name);
  return lines(text, name);
}

function rows(bytes: Uint8Array, name: string): SkillFile {
  const table = readTable(bytes, name);
  const { question, skills } = detectColumns(table.columns);
  const pairs = table.rows.flatMap((row): [string, string[]][] => {
    const text = question === undefined ? undefined : row.fields.get(question);
    try {
      const names = skillsOf(row, skills, table.format);
      return typeof text === 'string' && names.length > 0 ? [[text, names]] : [];
    } catch (thrown) {
      if (thrown instanceof FieldProblem) return [];
      throw thrown;
    }
  });
  return labelled(pairs, name);
}

function lines(text: string, file: string): SkillFile {
  const skills = text.split('\n').flatMap((line): Skill[] => {
    const [name, ...rest] = line.split(/[:\t]/);
    return name.trim() === '' ? [] : [{ name: name.trim().slice(0, limits.skillCharacters), description: rest.join(':').trim() }];
  });
  if (skills.length === 0 || skills.length > mostListed) throw nothing(file);
  return { kind: 'list', skills: distinct(skills) };
}

function labelled(pairs: readonly [string, string[]][], file: string): SkillFile {
  if (pairs.length === 0) throw nothing(file);
  const labels = new Map<string, string[]>();
  let cut = 0;
  for (const [question, names] of pairs) {
    const each = [...new Set(names.map((one) => one.trim()))];
    cut += Math.max(0, each.length - mostSkillsPerQuestion);
    labels.set(normaliseQuestion(question), each.slice(0, mostSkillsPerQuestion));
  }
  return { kind: 'labels', labels, cut };
}

/** The questions with the labels of a file; `unmatched` of the labels fit no question, and unlabelled questions keep what they had. */
export function withLabels<T extends Question>(
  questions: readonly T[], labels: ReadonlyMap<string, string[]>,
): { questions: T[]; labelled: number; unmatched: number } {
  const used = new Set<string>();
  const joined = questions.map((question) => {
    const key = normaliseQuestion(question.question);
    const skills = labels.get(key);
    if (!skills) return question;
    used.add(key);
    return { ...question, skills };
  });
  return { questions: joined, labelled: joined.filter((question, i) => question !== questions[i]).length, unmatched: labels.size - used.size };
}

function distinct(skills: readonly Skill[]): Skill[] {
  return skills.filter((skill, i) => skills.findIndex((other) => other.name === skill.name) === i);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // rows, one object a line
  }
}

function nothing(file: string): StudioError {
  return new StudioError('data-no-skills', `${quoted(file)} holds neither labels nor a list of skills.`, {
    kept: 'Nothing was changed.',
    remedy: 'Give {"question2skill": {"question": ["skill"]}}, rows with a question and skills, or one skill a line.',
  });
}
