/** A teacher on this machine recorded call by call, and the teacher that answers from what was recorded: no network, same replies. */
import { now } from '../../core/clock';
import { StudioError } from '../../core/errors';
import type { CallThrough } from '../callThrough';
import { chatTeacher } from '../chatTeacher';
import { firstObject } from '../json';
import type { Edited } from '../prompts';
import { score } from '../tasks/judging';
import { rewrite, solve, write } from '../tasks/writing';
import type { JudgeRequest, LabelRequest, RewriteRequest, ScoreRequest, SolveRequest, Teacher, WriteRequest } from '../types';
import type { WorkingTeacher } from '../runner/caller';
import { validateJudgement, validateLabel } from '../validate';
import { callKey, type LedgerEntry } from './entry';
import type { Ledger } from './ledger';
import { RecordedFailure } from './recordedFailure';

/** What a teacher on this machine can be asked. */
type Asked = { task: 'label'; request: LabelRequest } | { task: 'judge'; request: JudgeRequest } | { task: 'score'; request: ScoreRequest }
  | { task: 'write'; request: WriteRequest } | { task: 'solve'; request: SolveRequest } | { task: 'rewrite'; request: RewriteRequest };

/** Rules have no prompt; a change of theirs gives other replies under the same requests, so the ledger names them. */
const NO_PROMPT = 'rules';

/** Entries that come together are written together. */
const ROWS_AT_ONCE = 100;

/** Answers what is in the ledger from there, and enters what is not. */
export function recordingTeacher(teacher: Teacher, ledger: Ledger, projectId: string): WorkingTeacher {
  const recipient = recipientOf(teacher);
  const recorded = async <Reply>(asked: Asked, ask: () => Promise<Reply>): Promise<Reply> => {
    const key = keyOf(recipient, asked);
    const entry = await ledger.find(key);
    if (entry?.reply !== undefined) return JSON.parse(entry.reply) as Reply;
    const at = now();
    const reply = await ask();
    await ledger.put({
      key, state: 'answered', task: asked.task, promptVersion: NO_PROMPT, row: asked.request.row, projectId, recipient, remote: false,
      tries: 1, firstSentAt: at, endedAt: now(), reply: JSON.stringify(reply), finish: 'stop', inputTokens: 0, outputTokens: 0, money: 0,
    });
    return reply;
  };
  const { score: scored, write, solve, rewrite } = teacher;
  return {
    ...teacher,
    rowsAtOnce: ROWS_AT_ONCE,
    score: scored && ((request) => recorded({ task: 'score', request }, () => scored(request))),
    write: write && ((request) => recorded({ task: 'write', request }, () => write(request))),
    solve: solve && ((request) => recorded({ task: 'solve', request }, () => solve(request))),
    rewrite: rewrite && ((request) => recorded({ task: 'rewrite', request }, () => rewrite(request))),
    label: (request) => recorded({ task: 'label', request }, () => teacher.label(request)),
    judge: (request) => recorded({ task: 'judge', request }, () => teacher.judge(request)),
  };
}

/** The teacher recorded under `recipient`. What it was not asked then it cannot answer: `teacher-not-recorded` names the request. */
export function replayTeacher(ledger: Ledger, recipient: string): Teacher {
  const recorded = async (asked: Asked): Promise<Record<string, unknown>> => {
    const entry = await recordedReply(ledger, keyOf(recipient, asked), recipient, asked.task, asked.request.row);
    return firstObject(entry.reply);
  };
  return {
    name: recipient.slice(HERE.length),
    kind: 'replay',
    describe: 'Answers only what was recorded in a ledger, word for word.',
    async label(request) {
      return validateLabel(await recorded({ task: 'label', request }), request.skills);
    },
    async judge(request) {
      return validateJudgement(await recorded({ task: 'judge', request }), request.skills);
    },
    async write(request) {
      return write.read(await recorded({ task: 'write', request }), request);
    },
    async solve(request) {
      return solve.read(await recorded({ task: 'solve', request }), request);
    },
    async rewrite(request) {
      return rewrite.read(await recorded({ task: 'rewrite', request }), request);
    },
    async score(request) {
      return score.read(await recorded({ task: 'score', request }), request);
    },
  };
}

/** The way a chat teacher calls when it may only repeat what `recipient` once replied. Throws `teacher-not-recorded`. */
export function replayThrough(ledger: Ledger, recipient: string): CallThrough {
  return async (call, request) => {
    const { reply, inputTokens = 0, outputTokens = 0, finish = 'other', model = '' } =
      await recordedReply(ledger, callKey(recipient, request), recipient, call.task, call.row);
    return { text: reply, inputTokens, outputTokens, finish, model };
  };
}

/**
 * The one teacher a ledger holds; `wanted` where it holds several. A language model answers only to the prompts it was recorded with. Throws `teacher-ledger-empty`, or `teacher-ledger-several` with
 * their names.
 */
export async function teacherOfLedger(ledger: Ledger, edited: Edited = {}, wanted?: string): Promise<Teacher> {
  const recipients = [...new Set((await ledger.all()).filter(({ state }) => state === 'answered').map(({ recipient }) => recipient))];
  const found = wanted === undefined ? recipients : recipients.filter((recipient) => recipient === wanted);
  if (found.length === 0) {
    throw new StudioError('teacher-ledger-empty', 'The ledger holds no replies of this teacher.', {
      where: recipients.length > 0 ? `it holds ${recipients.join(', ')}` : 'it is empty', remedy: 'Replay a ledger of a run that was recorded.',
    });
  }
  if (found.length > 1) {
    throw new StudioError('teacher-ledger-several', 'The ledger holds the replies of several teachers.', {
      where: recipients.join(', '), remedy: 'Name one of them.',
    });
  }
  return found[0].startsWith(HERE) ? replayTeacher(ledger, found[0]) : chatTeacher(replayThrough(ledger, found[0]), edited, found[0]);
}

const HERE = 'here: ';

function recipientOf(teacher: Teacher): string {
  return `${HERE}${teacher.name}`;
}

function keyOf(recipient: string, { task, request }: Asked): string {
  return callKey(recipient, { task, ...request, row: undefined });
}

async function recordedReply(
  ledger: Ledger, key: string, recipient: string, task: string, row: string | undefined,
): Promise<LedgerEntry & { reply: string }> {
  const entry = await ledger.find(key);
  if (entry?.state === 'answered' && entry.reply !== undefined) return { ...entry, reply: entry.reply };
  if (entry?.state === 'failed') throw new RecordedFailure(entry.error ?? 'teacher-server');
  throw new StudioError('teacher-not-recorded', 'The ledger holds no reply to this request.', {
    where: `${task}${row === undefined ? '' : ` ${row}`}, request ${key} to ${recipient}`,
    kept: 'Nothing was sent.',
    remedy: 'Replay with the data, skills, prompts and teacher it was recorded with, or ask the teacher itself.',
  });
}
