/** The prompts: one versioned file a task, and what a person made of it. Above the line `---` the system's part, below the user's. */
import { StudioError } from '../core/errors';
import { hashText } from '../core/hash';
import cluster from './prompts/cluster@1.md?raw';
import grade from './prompts/grade@1.md?raw';
import judge from './prompts/judge@1.md?raw';
import label from './prompts/label@1.md?raw';
import name from './prompts/name@1.md?raw';
import relabel from './prompts/relabel@1.md?raw';
import rewrite from './prompts/rewrite@1.md?raw';
import score from './prompts/score@1.md?raw';
import solve from './prompts/solve@1.md?raw';
import write from './prompts/write@1.md?raw';

/** `name` is `label` without a list: the first pass of building one. */
export type PromptName = 'label' | 'name' | 'cluster' | 'relabel' | 'judge' | 'score' | 'grade' | 'write' | 'solve' | 'rewrite';

export interface Prompt {
  /** `label@1` as shipped; with `+` and a hash where a person edited it. */
  version: string;
  system: string;
  user: string;
}

/** The shipped texts. A change of wording is a new file with the next number, so that a ledger always says what was asked. */
export const SHIPPED: Record<PromptName, { version: string; text: string }> = {
  label: { version: 'label@1', text: label },
  judge: { version: 'judge@1', text: judge },
  name: { version: 'name@1', text: name },
  cluster: { version: 'cluster@1', text: cluster },
  relabel: { version: 'relabel@1', text: relabel },
  score: { version: 'score@1', text: score },
  grade: { version: 'grade@1', text: grade },
  write: { version: 'write@1', text: write },
  solve: { version: 'solve@1', text: solve },
  rewrite: { version: 'rewrite@1', text: rewrite },
};

export const PROMPT_NAMES = Object.keys(SHIPPED) as PromptName[];

/** A person's texts, by prompt; what is absent is as shipped. */
export type Edited = Partial<Record<PromptName, string>>;

const field = /\{\{(\w+)\}\}/g;
const mostPrompt = 20_000;

export function promptOf(which: PromptName, edited: Edited = {}): Prompt {
  const shipped = SHIPPED[which];
  const text = edited[which] ?? shipped.text;
  checkPrompt(which, text);
  const version = text === shipped.text ? shipped.version : `${shipped.version}+${hashText(text).slice(0, 8)}`;
  const [system, user] = parts(text);
  return { version, system, user };
}

/** Throws `teacher-bad-prompt`: no line between the parts, a field that is missing, or one that nothing fills. */
export function checkPrompt(which: PromptName, text: string): void {
  const wanted = fieldsIn(SHIPPED[which].text);
  const given = fieldsIn(text);
  const missing = [...wanted].filter((name) => !given.has(name));
  const unknown = [...given].filter((name) => !wanted.has(name));
  const wrong = text.length > mostPrompt ? `It is longer than ${mostPrompt} characters.`
    : parts(text).length !== 2 ? 'It needs exactly one line of three dashes (---) between the system’s part and the user’s.'
    : missing.length > 0 ? `It lacks ${missing.map(braced).join(', ')}.`
    : unknown.length > 0 ? `Nothing fills ${unknown.map(braced).join(', ')}.`
    : undefined;
  if (wrong === undefined) return;
  throw new StudioError('teacher-bad-prompt', `The prompt "${which}" cannot be used. ${wrong}`, {
    kept: 'The prompt in use is unchanged.', remedy: `Its fields are ${[...wanted].map(braced).join(', ')}.`,
  });
}

/** The fields put in, once: what a field holds is never looked at for further fields. */
export function filled(template: string, fields: Record<string, string>): string {
  return template.replace(field, (_, name: string) => fields[name] ?? '');
}

const parts = (text: string): string[] => text.split(/^---\s*$/m).map((part) => part.trim());
const fieldsIn = (text: string): Set<string> => new Set([...text.matchAll(field)].map(([, name]) => name));
const braced = (name: string): string => `{{${name}}}`;
