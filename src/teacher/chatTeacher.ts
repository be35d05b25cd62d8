/** A teacher that is a language model: prompt in, reply validated, one try at repair, and then a named rejection. */
import { errorRecord } from '../core/errors';
import type { CallThrough } from './callThrough';
import type { ChatMessage, ChatReply, ChatRequest } from './chat';
import { fencedAll } from './fence';
import { firstObject } from './json';
import { type Edited, filled, promptOf } from './prompts';
import { Rejection } from './rejection';
import { grade, judge, score } from './tasks/judging';
import { cluster, label, relabel } from './tasks/skills';
import type { ChatTask } from './tasks/task';
import { rewrite, solve, write } from './tasks/writing';
import type { Teacher } from './types';

/** What of an unusable reply is shown to the model again, in characters. */
const mostShown = 4000;

/** At 0 another draw would repeat the first. */
const ANOTHER_DRAW = 0.7;

/** The request a task makes, as it would be sent: for showing before anything leaves. Throws `teacher-bad-prompt`, `row-too-long`. */
export function requestFor<Request extends { row?: string; draw?: number }, Reply>(
  task: ChatTask<Request, Reply>, request: Request, edited: Edited = {},
): { promptVersion: string; request: ChatRequest } {
  const { version, system, user } = promptOf(task.prompt(request), edited);
  const numbers = Object.entries(task.numbers?.(request) ?? {}).map(([name, number]) => [name, String(number)]);
  const fields = { ...fencedAll(task.texts(request)), ...(Object.fromEntries(numbers) as Record<string, string>) };
  return {
    promptVersion: version,
    request: {
      system: filled(system, fields),
      messages: [{ role: 'user', content: filled(user, fields) }],
      schema: task.schema(request),
      maxTokens: task.maxTokens(request),
      temperature: request.draw ? Math.max(task.temperature, ANOTHER_DRAW) : task.temperature,
      seed: request.draw ?? 0,
    },
  };
}

/** Asks, and reads the reply; where it cannot be used, shows the model why, once. Throws `Rejection`, or whatever the call throws. */
export async function ask<Request extends { row?: string; draw?: number }, Reply>(
  task: ChatTask<Request, Reply>, request: Request, callThrough: CallThrough, edited: Edited = {},
): Promise<Reply> {
  const { promptVersion, request: first } = requestFor(task, request, edited);
  const call = { task: task.task, promptVersion, row: request.row };
  const reply = await callThrough({ ...call, repair: false }, first);
  try {
    return read(task, request, reply);
  } catch (thrown) {
    if (!(thrown instanceof Rejection)) throw thrown;
    const second = await callThrough({ ...call, repair: true }, repaired(first, reply, thrown)).catch((again: unknown) => {
      // A ledger without a second try, as of a batch: the first one stands.
      if (errorRecord(again).code === 'teacher-not-recorded') return reply;
      throw again;
    });
    return read(task, request, second, true);
  }
}

function read<Request, Reply>(task: ChatTask<Request, Reply>, request: Request, { text, finish }: ChatReply, last = false): Reply {
  try {
    return task.read(firstObject(text), request, last);
  } catch (thrown) {
    // Cut off at the limit is why there is no object, so that is what it is called.
    if (thrown instanceof Rejection && thrown.code === 'reply-not-json' && finish === 'length') throw new Rejection('reply-truncated');
    throw thrown;
  }
}

function repaired(first: ChatRequest, reply: ChatReply, { code, message, where }: Rejection): ChatRequest {
  const shown = code === 'reply-empty' || code === 'reply-too-long' ? '' : reply.text.trim().slice(0, mostShown);
  const again = `That reply cannot be used. ${message}${where ? ` (${where})` : ''} Reply again, with the JSON object that was asked for and nothing else.`;
  const [{ content }] = first.messages;
  const messages: ChatMessage[] = shown
    ? [{ role: 'user', content }, { role: 'assistant', content: shown }, { role: 'user', content: again }]
    // No server takes an empty turn.
    : [{ role: 'user', content: `${content}\n\n${again}` }];
  return { ...first, messages, maxTokens: code === 'reply-truncated' ? 2 * first.maxTokens : first.maxTokens };
}

/** Every task by one model. `callThrough` is a job's runner or a provider as it is. */
export function chatTeacher(callThrough: CallThrough, edited: Edited, name: string): Teacher {
  return {
    name,
    kind: 'chat',
    describe: 'A language model. Its replies are checked; those that cannot be used are counted and shown with their rows.',
    label: (request) => ask(label, request, callThrough, edited),
    judge: (request) => ask(judge, request, callThrough, edited),
    cluster: (request) => ask(cluster, request, callThrough, edited),
    relabel: (request) => ask(relabel, request, callThrough, edited),
    score: (request) => ask(score, request, callThrough, edited),
    grade: (request) => ask(grade, request, callThrough, edited),
    write: (request) => ask(write, request, callThrough, edited),
    solve: (request) => ask(solve, request, callThrough, edited),
    rewrite: (request) => ask(rewrite, request, callThrough, edited),
  };
}
