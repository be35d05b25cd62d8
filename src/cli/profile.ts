/** `profile`: a teacher judges the wrong answers of a student, and its verdicts add up to the Missing-Skill-Profile. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { decodeText } from '../data/decodeText';
import { difficultQuestions } from '../stat/difficulty';
import { judgeRequests, profileFrom } from '../stat/profile';
import type { MissingSkills } from '../stat/types';
import { openFileStore } from '../store/fileStore';
import { requestFor } from '../teacher/chatTeacher';
import { providerOf } from '../teacher/presets';
import { runRows } from '../teacher/runner/rows';
import { judge } from '../teacher/tasks/judging';
import type { Command, Result } from './command';
import { claimFolder, readNamedFile, writeWhole } from './folders';
import { readSkills } from './label';
import { readQuestions } from './questions';
import { keyFrom, planFrom, teacherFor, teacherOptions, teacherUsage } from './teacher';

const JOB = 'profile';
const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const Evaluation = v.object({
  responses: v.pipe(v.array(v.object({ questionId: text(500), text: text(100_000), correct: v.boolean(), rule: v.optional(text(500), '') })), v.maxLength(1_000_000)),
});

export const profileCommand: Command = {
  name: 'profile',
  summary: 'The Missing-Skill-Profile of a student’s wrong answers, judged by a language model.',
  usage: `profile ${teacherUsage} --data LABELS.jsonl --responses EVALUATION.json --skills list.json --out DIR [--resume] [--dry-run]`,
  options: {
    ...teacherOptions, data: { type: 'string' }, responses: { type: 'string' }, skills: { type: 'string' },
    out: { type: 'string' }, resume: { type: 'boolean' }, 'dry-run': { type: 'boolean' },
  },
  async run(given, { terminal, signal }): Promise<Result> {
    const plan = planFrom(given);
    const { questions } = await readQuestions(given.needed('data'), terminal);
    const [skillFile, file] = [given.needed('skills'), given.needed('responses')];
    const skills = readSkills(decodeText(await readNamedFile(skillFile), skillFile), skillFile);
    const known = new Set(questions.map(({ id }) => id));
    const responses = readEvaluation(decodeText(await readNamedFile(file), file), file).filter(({ questionId }) => known.has(questionId));
    const requests = judgeRequests(difficultQuestions(responses), questions, responses, skills);
    const rows = requests.map((request) => ({ id: request.questionId, question: request.question, response: request.response }));
    const recipient = providerOf(plan.choice, { key: keyFrom(given) }).recipient;
    if (given.flag('dry-run')) {
      const first = rows[0] && requestFor(judge, { ...rows[0], skills, row: rows[0].id });
      return {
        json: { sent: 0, recipient, rows: rows.length, ...first },
        text: `Nothing was sent. ${rows.length} rows would go to ${recipient}.${first ? ` The first:\n\n${first.request.system}\n\n${first.request.messages[0].content}` : ''}`,
      };
    }
    const out = given.needed('out');
    await claimFolder(out, given.flag('resume'));
    const teacher = await teacherFor(plan, given, JOB, await openFileStore(out), signal);
    const outcomes = await runRows(rows, ({ id, question, response }) => teacher.judge({ question, response, skills, row: id }), {
      rowsAtOnce: teacher.caller?.rowsAtOnce ?? 1, signal,
      onProgress: (ended, failed) => terminal.progress(`judged ${ended} of ${rows.length}, ${failed} failed`),
    });
    const failures = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
    const judgements: MissingSkills[] = rows.flatMap(({ id }, i) => {
      const outcome = outcomes[i];
      if (!('value' in outcome)) return [];
      const { judgedCorrect, missing, reason } = outcome.value;
      return [{ questionId: id, judgedCorrect, missing, reason }];
    });
    const profile = profileFrom(judgements, questions);
    await writeWhole(`${out}/profile.json`, `${JSON.stringify({ teacher: recipient, profile, judgements, failures }, undefined, 2)}\n`);
    const lines = profile.entries.filter(({ count }) => count > 0).map((entry) => `  ${entry.skill.padEnd(28)} ${String(entry.count).padStart(4)} of ${entry.carriers}`);
    return {
      json: { judged: judgements.length, failed: failures.length, difficult: rows.length, profile, teacher: teacher.caller?.told },
      text: `${judgements.length} of ${rows.length} wrong answers judged, ${failures.length} failed.\n${lines.join('\n')}`,
    };
  },
};

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
