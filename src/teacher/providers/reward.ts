/**
 * A process reward model served over OpenAI's chat completions, as RLHFlow's models are asked: the steps go in turn by turn, each
 * answered "+", and how sure the model is of "+" against "-" after a step is that step's score.
 */
import * as v from 'valibot';
import type { CallThrough } from '../callThrough';
import type { ChatMessage, ChatProvider } from '../chat';
import { TeacherFailure } from '../failure';
import { firstObject } from '../json';
import { score } from '../tasks/judging';
import type { ScoreReply, ScoreRequest } from '../types';
import { defaultTimeoutMs, type Endpoint, isRemote, keyOf, recipientOf, under } from './endpoint';
import { askJson } from './http';
import { readAs, tokens } from './reading';

/** The most alternatives that OpenAI's protocol lists for a token. */
const LISTED = 20;

const Alternative = v.object({ token: v.pipe(v.string(), v.maxLength(200)), logprob: v.pipe(v.number(), v.maxValue(1e-3)) });
const Completion = v.object({
  choices: v.pipe(v.array(v.object({
    logprobs: v.object({ content: v.pipe(v.array(v.object({ top_logprobs: v.pipe(v.array(Alternative), v.minLength(1), v.maxLength(1000)) })), v.minLength(1)) }),
  })), v.minLength(1)),
  usage: v.optional(v.nullable(v.object({ prompt_tokens: tokens, completion_tokens: tokens }))),
});

/** The turns of a request: question and first step together, then a step a turn, each before the last answered "+". */
export function rewardTurns({ question, steps }: ScoreRequest): ChatMessage[] {
  return steps.flatMap((step, i): ChatMessage[] => [
    { role: 'user', content: i === 0 ? `${question} ${step}` : step },
    ...(i < steps.length - 1 ? [{ role: 'assistant' as const, content: '+' }] : []),
  ]);
}

/** A provider whose reply is `{"scores": […]}`, one a user turn: one request a step. */
export function rewardProvider(endpoint: Endpoint): ChatProvider {
  const key = keyOf(endpoint);
  const call = {
    url: under(endpoint, '/chat/completions'), headers: key ? { authorization: `Bearer ${key}` } : {} as Record<string, string>,
    timeoutMs: endpoint.timeoutMs ?? defaultTimeoutMs,
  };
  return {
    id: 'reward',
    recipient: recipientOf(endpoint),
    remote: isRemote(endpoint),
    async chat({ messages }, { signal }) {
      const scores: number[] = [];
      let [inputTokens, outputTokens] = [0, 0];
      for (let end = 1; end <= messages.length; end += 2) {
        const body = { model: endpoint.model, messages: messages.slice(0, end), max_tokens: 1, temperature: 0, logprobs: true, top_logprobs: LISTED };
        const { choices: [{ logprobs }], usage } = readAs(Completion, await askJson({ ...call, body, signal }));
        scores.push(shareOfPlus(logprobs.content[0].top_logprobs));
        inputTokens += usage?.prompt_tokens ?? 0;
        outputTokens += usage?.completion_tokens ?? 0;
      }
      return { text: JSON.stringify({ scores }), inputTokens, outputTokens, finish: 'stop', model: endpoint.model };
    },
  };
}

/** P("+") / (P("+") + P("-")); a sign that is not listed is at most as likely as the last that is. */
function shareOfPlus(listed: readonly v.InferOutput<typeof Alternative>[]): number {
  const of = (sign: string) => listed.find(({ token }) => token.trim() === sign)?.logprob;
  const [plus, minus] = [of('+'), of('-')];
  if (plus === undefined && minus === undefined) throw new TeacherFailure('teacher-not-understood', { where: 'it weighs neither "+" nor "-": it is no reward model of this kind' });
  const least = Math.min(...listed.map(({ logprob }) => logprob));
  return 1 / (1 + Math.exp((minus ?? least) - (plus ?? least)));
}

/** The `score` task by such a model. Throws what the call throws. */
export async function rewardScores(request: ScoreRequest, callThrough: CallThrough): Promise<ScoreReply> {
  const { text } = await callThrough({ task: 'score', promptVersion: 'turns@1', row: request.row, repair: false }, {
    messages: rewardTurns(request), maxTokens: request.steps.length, temperature: 0,
  });
  return score.read(firstObject(text), request);
}
