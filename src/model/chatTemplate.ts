/** A model's chat template, in Jinja as it ships it: messages to the text that it was trained on. */
import { Environment, Interpreter, Template } from '@huggingface/jinja';
import { StudioError } from '../core/errors';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ChatTemplate {
  /** The template itself. */
  readonly source: string;
  /**
   * @param prompt ends where the assistant is to go on (the generation prompt).
   * @throws StudioError `model-bad-template` when the template refuses the messages or cannot be run.
   */
  render(messages: readonly ChatMessage[], prompt: boolean): string;
}

const MOST_SOURCE = 1 << 20;
const MOST_RANGE = 10_000;
const TOKENS = ['bos_token', 'eos_token', 'unk_token', 'pad_token'] as const;

/**
 * The template of a `tokenizer_config.json`: a text, or several by name of which `default` is taken. Undefined where there is none.
 * @throws StudioError `model-bad-template`
 */
export function chatTemplateOf(tokenizerConfigJson: string): ChatTemplate | undefined {
  const config = JSON.parse(tokenizerConfigJson) as Record<string, unknown>;
  const source = textOf(config.chat_template);
  if (source === undefined) return undefined;
  if (source.length > MOST_SOURCE) throw bad(`it has ${source.length} characters`);
  const template = attempt(() => new Template(source));
  const tokens = Object.fromEntries(TOKENS.map((name) => [name, tokenText(config[name])]));
  return {
    source,
    render: (messages, prompt) => attempt(() => {
      const names = new Environment();
      // Answers are short here, so that models that can think aloud are told not to.
      const values = { ...GLOBALS, ...tokens, messages, add_generation_prompt: prompt, enable_thinking: false };
      for (const [name, value] of Object.entries(values)) names.set(name, value);
      return String(new Interpreter(names).run(template.parsed).value);
    }),
  };
}

/**
 * The names every template may use. Not the package's own: those have today's date, which would change what a run is trained on
 * from day to day, and a range without end, while a template is a program from a stranger.
 */
const GLOBALS = {
  true: true, false: false, none: null, True: true, False: false, None: null, range: boundedRange,
  raise_exception: (message: string) => {
    throw new Error(message);
  },
};

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const named = value.find((entry: { name?: unknown } | null) => entry?.name === 'default') as { template?: unknown } | undefined;
  return typeof named?.template === 'string' ? named.template : undefined;
}

function tokenText(value: unknown): string {
  if (typeof value === 'string') return value;
  const content = (value as { content?: unknown } | null | undefined)?.content;
  return typeof content === 'string' ? content : '';
}

function boundedRange(from: number, to?: number, step?: number): number[] {
  const [start, stop] = to === undefined ? [0, from] : [from, to];
  const by = step ?? 1;
  const count = Math.max(0, Math.ceil((stop - start) / by));
  if (!(count <= MOST_RANGE)) throw new Error(`range() of ${count} steps`);
  return Array.from({ length: count }, (_, i) => start + i * by);
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw bad(thrown instanceof Error ? thrown.message : String(thrown), thrown);
  }
}

function bad(why: string, cause?: unknown): StudioError {
  return new StudioError('model-bad-template', `The model's chat template cannot be used: ${why.slice(0, 200)}.`, {
    where: 'chat_template', remedy: 'Put a working template into tokenizer_config.json, or take its chat_template out.', cause,
  });
}
