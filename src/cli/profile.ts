/** `profile --teacher`: a teacher judges the wrong answers of a student, and its verdicts add up to the Missing-Skill-Profile. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { decodeText } from '../data/decodeText';
import type { Question, Response, Skill } from '../data/types';
import { difficultAnswers, type DifficultyRule, ruleResults, scoreRequests } from '../stat/difficulty';
import { judgeRequests, profileFrom } from '../stat/profile';
import type { MissingSkills } from '../stat/types';
import { openFileStore } from '../store/fileStore';
import { requestFor } from '../teacher/chatTeacher';
import type { TeacherPlan } from '../teacher/plan';
import { providerOf } from '../teacher/presets';
import type { WorkingTeacher } from '../teacher/runner/caller';
import { type RowsOptions, runRows } from '../teacher/runner/rows';
import { someOf } from '../teacher/sample';
import { judge, score } from '../teacher/tasks/judging';
import type { Command, Result } from './command';
import { difficultyFrom, difficultyOptions, difficultyUsage, ruleLines } from './difficulty';
import { claimFolder, readNamedFile, writeWhole } from './folders';
import { readSkills } from './label';
import { readQuestions } from './questions';
import { speed, speedOptions, speedUsage } from './speed';
import { keyFrom, planFrom, type Planned, teacherFor, teacherOptions, teacherUsage, wouldSend } from './teacher';

const JOB = 'profile';
const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const Evaluation = v.object({
  responses: v.pipe(v.array(v.object({ questionId: text(500), text: text(100_000), correct: v.boolean(), rule: v.optional(text(500), ''), extracted: v.optional(text(10_000)) })), v.maxLength(1_000_000)),
});

export const profileCommand: Command = {
  name: 'profile',
  summary: 'The Missing-Skill-Profile of a student’s wrong answers, judged by a language model; with --student: where a training step’s time goes.',
  usage: `profile ${teacherUsage} --data LABELS.jsonl --responses EVALUATION.json --skills list.json --out DIR ${difficultyUsage} [--resume] [--dry-run]`
    + `\n  profile ${speedUsage}`,
  options: {
    ...teacherOptions, ...difficultyOptions, ...speedOptions, responses: { type: 'string' }, skills: { type: 'string' },
    out: { type: 'string' }, resume: { type: 'boolean' }, 'dry-run': { type: 'boolean' },
  },
  async run(given, context): Promise<Result> {
    // Both are profiles, and every other word for either is worse: docs/decisions says which is which.
    if (given.text('student') !== undefined && given.text('teacher') === undefined) return speed(given, context);
    const { terminal, signal } = context;
    const plan = planFrom(given);
    const { questions } = await readQuestions(given.needed('data'), terminal);
    const [skillFile, file] = [given.needed('skills'), given.needed('responses')];
    const skills = readSkills(decodeText(await readNamedFile(skillFile), skillFile), skillFile);
    const known = new Set(questions.map(({ id }) => id));
    const responses = readEvaluation(decodeText(await readNamedFile(file), file), file).filter(({ questionId }) => known.has(questionId));
    const rule = difficultyFrom(given);
    // Of several samples the first is the answer that is judged.
    const own = [...new Map([...responses].reverse().map((response) => [response.questionId, response])).values()].reverse();
    const recipient = providerOf(plan.choice, { key: keyFrom(given) }).recipient;
    if (given.flag('dry-run')) return wouldSend(planned(plan, rule, questions, own, responses, skills), given);
    const out = given.needed('out');
    await claimFolder(out, given.flag('resume'));
    const teacher = await teacherFor(plan, given, JOB, await openFileStore(out), signal);
    const options = (what: string, all: number) => ({
      rowsAtOnce: teacher.caller?.rowsAtOnce ?? 1, signal,
      onProgress: (ended: number, failed: number) => terminal.progress(`${what} ${ended} of ${all}, ${failed} failed`),
    });
    const answers = rule.kind === 'process' ? await scored(teacher, questions, own, options) : own;
    const rules = ruleResults(rule, answers, responses);
    const rows = judged(rule, questions, answers, responses, skills);
    const outcomes = await runRows(rows, ({ id, question, response }) => teacher.judge({ question, response, skills, row: id }), options('judged', rows.length));
    const failures = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
    const judgements: MissingSkills[] = rows.flatMap(({ id }, i) => {
      const outcome = outcomes[i];
      if (!('value' in outcome)) return [];
      const { judgedCorrect, missing, reason } = outcome.value;
      return [{ questionId: id, judgedCorrect, missing, reason }];
    });
    const profile = profileFrom(judgements, questions);
    await writeWhole(`${out}/profile.json`, `${JSON.stringify({ teacher: recipient, difficulty: rule, rules, profile, judgements, failures }, undefined, 2)}\n`);
    const lines = profile.entries.filter(({ count }) => count > 0).map((entry) => `  ${entry.skill.padEnd(28)} ${String(entry.count).padStart(4)} of ${entry.carriers}`);
    return {
      json: { judged: judgements.length, failed: failures.length, difficult: rows.length, rules, profile, teacher: teacher.caller?.told },
      text: [`${judgements.length} of ${rows.length} difficult answers judged, ${failures.length} failed.`, ...ruleLines(rules), ...lines].join('\n'),
    };
  },
};

interface Judged {
  id: string;
  question: string;
  response: string;
}

function judged(rule: DifficultyRule, questions: Question[], answers: Response[], samples: Response[], skills: Skill[]): Judged[] {
  return judgeRequests(difficultAnswers(rule, answers, samples), questions, answers, skills)
    .map(({ questionId: id, question, response }) => ({ id, question, response }));
}

/** The answers with the scores of their steps, where the teacher gave any. */
async function scored(
  teacher: WorkingTeacher, questions: Question[], answers: Response[], options: (what: string, all: number) => RowsOptions,
): Promise<Response[]> {
  const { score: ask } = teacher;
  if (!ask) throw new StudioError('studio-no-scorer', 'This teacher cannot score the steps of an answer.', { remedy: 'Use another rule.' });
  const rows = scoreRequests(questions, answers).map((request) => ({ ...request, id: request.row }));
  const outcomes = await runRows(rows, async ({ id: row, question, steps }) => (await ask({ row, question, steps })).scores, options('scored', rows.length));
  const scores = new Map(rows.map(({ id }, i) => [id, outcomes[i]]));
  return answers.map((answer) => {
    const outcome = scores.get(answer.questionId);
    return outcome && 'value' in outcome ? { ...answer, stepScores: outcome.value } : answer;
  });
}

/** Where steps are to be scored, that comes first, and the verdicts depend on it. */
function planned(plan: TeacherPlan, rule: DifficultyRule, questions: Question[], answers: Response[], samples: Response[], skills: Skill[]): Planned {
  const steps = rule.kind === 'process' ? scoreRequests(questions, answers) : [];
  const rows = steps.length > 0 ? [] : judged(rule, questions, answers, samples, skills);
  const some = [...someOf(steps).map((row) => requestFor(score, row)), ...someOf(rows).map((row) => requestFor(judge, { ...row, skills, row: row.id }))];
  return { plan, rows: steps.length + rows.length, sample: some.map(({ request }) => request), promptVersion: some[0]?.promptVersion };
}

/** What `evaluate --json` wrote. */
function readEvaluation(json: string, file: string): v.InferOutput<typeof Evaluation>['responses'] {
  try {
    return v.parse(Evaluation, JSON.parse(json)).responses;
  } catch (thrown) {
    const why = thrown instanceof v.ValiError ? thrown.issues[0].message : 'it is not JSON';
    throw new StudioError('cli-bad-responses', `"${file}" is not what evaluate --json writes: ${why}.`, {
      remedy: 'Write it with: npm run -s stat -- evaluate … --json > F.json',
    });
  }
}
