/** The options by which a command names its teacher, and the teacher made from them. The key comes from the environment, never from an argument. */
import { elapsed, formatDuration } from '../core/clock';
import { StudioError } from '../core/errors';
import type { StudioStore } from '../store/types';
import { plannedTeacher } from '../studio/workingTeacher';
import type { AskedWork } from '../studio/wouldAsk';
import type { ChatRequest } from '../teacher/chat';
import type { TeacherPlan } from '../teacher/plan';
import { presetAt, presetOf, providerOf } from '../teacher/presets';
import { forecast, type Forecast, together } from '../teacher/runner/forecast';
import { priceWhere } from '../teacher/runner/prices';
import { defaultLimits } from '../teacher/runner/limits';
import type { WorkingTeacher } from '../teacher/runner/caller';
import type { Command, Given, Result } from './command';
import type { Terminal } from './terminal';

export const teacherOptions: Command['options'] = {
  teacher: { type: 'string' }, model: { type: 'string' }, 'key-env': { type: 'string' }, protocol: { type: 'string' },
  concurrency: { type: 'string' }, 'requests-per-minute': { type: 'string' }, 'tokens-per-minute': { type: 'string' }, timeout: { type: 'string' },
  tries: { type: 'string' }, backoff: { type: 'string' },
  'budget-tokens': { type: 'string' }, 'budget-usd': { type: 'string' }, 'usd-in': { type: 'string' }, 'usd-out': { type: 'string' },
};

export const teacherUsage = '--teacher URL --model NAME [--key-env VAR] [--protocol openai|anthropic|gemini] [--concurrency 8] [--timeout 120] [--tries 6] '
  + '[--backoff 1] [--requests-per-minute N] [--tokens-per-minute N] '
  + '[--budget-tokens N] [--usd-in 0.15 --usd-out 0.6 --budget-usd N]';

/** What the options say, without the key. */
export function planFrom(given: Given): TeacherPlan {
  const baseUrl = given.needed('teacher');
  const protocol = given.text('protocol');
  const preset = protocol === undefined ? presetAt(baseUrl)
    : presetOf({ openai: 'other', anthropic: 'anthropic', gemini: 'gemini' }[given.choice('protocol', ['openai', 'anthropic', 'gemini'])]);
  const optional = (name: string) => (given.text(name) === undefined ? undefined : given.number(name, 0));
  const [input, output] = [optional('usd-in'), optional('usd-out')];
  const budget = { tokens: optional('budget-tokens'), money: optional('budget-usd') };
  return {
    choice: { preset: preset.id, baseUrl, model: given.needed('model') },
    edited: {},
    limits: {
      ...defaultLimits,
      concurrency: given.integer('concurrency', defaultLimits.concurrency, 1, 256),
      timeoutMs: 1000 * given.number('timeout', defaultLimits.timeoutMs / 1000, 1),
      tries: given.integer('tries', defaultLimits.tries, 1, 20),
      backoffMs: 1000 * given.number('backoff', defaultLimits.backoffMs / 1000, 0.001, 600),
      requestsPerMinute: optional('requests-per-minute'),
      tokensPerMinute: optional('tokens-per-minute'),
      budget: budget.tokens === undefined && budget.money === undefined ? undefined : budget,
    },
    price: input === undefined || output === undefined ? undefined : { input, output },
  };
}

export interface Planned {
  /** Absent where built-in rules answer: nothing is sent. */
  plan?: TeacherPlan;
  rows: number;
  /** Requests a row takes. */
  calls?: number;
  /** Some of the requests, the first among them. */
  sample: readonly ChatRequest[];
  promptVersion?: string;
}

/** For `--dry-run`: to whom how much would go, at what price, and the first request word for word. */
export function wouldSend({ plan, rows, calls = 1, sample, promptVersion }: Planned, given: Given): Result {
  const provider = plan && providerOf(plan.choice, { key: keyFrom(given) });
  const recipient = provider?.recipient ?? 'built-in rules, which send nothing';
  const price = priceWhere(plan?.price, provider?.remote ?? false);
  const [first] = sample;
  const told = forecast(sample, rows * calls, price);
  return {
    json: { sent: 0, recipient, rows, promptVersion, forecast: told, request: first },
    text: `Nothing was sent. ${rows} rows would go to ${recipient}: ${told.requests} requests, about ${told.read} tokens to read and at most ${told.writtenAtMost} to write, `
      + `${moneyText(told)}. A reply that cannot be used is asked for once more.${first ? ` The first${promptVersion ? ` (${promptVersion})` : ''}:\n\n${first.system ?? ''}\n\n${first.messages[0].content}` : ''}`,
  };
}

/** The same of many kinds of work, of which a reward model may be asked for some; undefined money where a price is not known. */
export function wouldSendAll(plan: TeacherPlan | undefined, works: readonly AskedWork[], given: Given): Result {
  const provider = plan && providerOf(plan.choice, { key: keyFrom(given) });
  const recipient = provider?.recipient ?? 'built-in rules or labels, which send nothing';
  const asked = works.map(({ sample, rewardModel, ...work }) => ({
    ...work, to: rewardModel ?? recipient,
    forecast: forecast(sample, work.rows * work.calls, rewardModel === undefined ? priceWhere(plan?.price, provider?.remote ?? false) : undefined),
  }));
  const total = together(asked.map((one) => one.forecast));
  const lines = asked.map(({ what, atMost, to, forecast: { requests, read, writtenAtMost } }) =>
    `${what}: ${atMost ? 'at most ' : ''}${requests} requests${to === recipient ? '' : ` to ${to}`}, about ${read} tokens to read and at most ${writtenAtMost} to write`);
  return {
    json: { sent: 0, recipient, asked, forecast: total },
    text: `Nothing was sent. At most ${total.requests} requests would go to ${[...new Set(asked.map(({ to }) => to)).add(recipient)].join(' and ')}, ${moneyText(total)}. A reply that cannot be used is asked for once more, `
      + `and one that is in the ledger is not asked for again.${lines.map((line) => `\n${line}`).join('')}`,
  };
}

function moneyText({ money }: Forecast): string {
  return money ? `for ${money.least.toFixed(4)} to ${money.most.toFixed(4)} US dollars` : 'at a price that is not known (--usd-in, --usd-out)';
}

/** `projectId` names the job in the ledger of `store`. */
export function teacherFor(plan: TeacherPlan, given: Given, projectId: string, store: StudioStore, signal: AbortSignal): Promise<WorkingTeacher> {
  const key = keyFrom(given);
  return plannedTeacher(plan, projectId, { store, signal, keyFor: () => key });
}

/** Says how many rows ended, what they cost so far, and how long and how much the rest will take. */
export function teacherProgress({ caller }: WorkingTeacher, rows: number, terminal: Terminal): (ended: number, failed: number) => void {
  const startedAt = elapsed();
  const before = caller?.spent.money ?? 0;
  return (ended, failed) => {
    const share = (rows - ended) / Math.max(1, ended);
    const cost = caller?.priced ? `, ${caller.spent.money.toFixed(4)} US dollars, ${((caller.spent.money - before) * share).toFixed(4)} more to come` : '';
    const left = formatDuration(((elapsed() - startedAt) / 1000) * share);
    terminal.progress(`${ended}/${rows} rows, ${failed} failed, ${caller?.hits ?? 0} from the ledger${cost}, ${left} left`);
  };
}

export function keyFrom(given: Given): string | undefined {
  const name = given.text('key-env');
  if (name === undefined) return undefined;
  const key = process.env[name];
  if (key) return key;
  throw new StudioError('cli-no-key', `The environment holds no "${name}".`, {
    remedy: `Set it for this command: ${name}=… npm run -s stat -- …`,
  });
}
