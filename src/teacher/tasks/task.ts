/** A task as a language model is given it: the prompt, what fills it, the shape of the reply, and the reply read. */
import type { Skill } from '../../data/types';
import type { PromptName } from '../prompts';
import type { Task } from '../types';

export interface ChatTask<Request, Reply> {
  task: Task;
  prompt(request: Request): PromptName;
  /** Text that is not ours, by field: it goes between marks. */
  texts(request: Request): Record<string, string>;
  /** Numbers of ours. */
  numbers?(request: Request): Record<string, number>;
  schema(request: Request): object;
  /** Throws `Rejection`. `last`: no better reply will come, so what is good in this one is kept and what is lost is counted. */
  read(reply: Record<string, unknown>, request: Request, last?: boolean): Reply;
  maxTokens(request: Request): number;
  temperature: number;
}

/** An object of exactly these properties, in this order: a model held to it reasons before it decides. */
export function shape(properties: Record<string, object>): object {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

export const textSchema = (maxLength: number): object => ({ type: 'string', maxLength });

/** Longer lists make some servers refuse the schema; validation holds the reply to the list in any case. */
const mostEnumerated = 200;

export function oneOf(skills: readonly Skill[]): object {
  return skills.length > 0 && skills.length <= mostEnumerated ? { type: 'string', enum: skills.map(({ name }) => name) } : textSchema(200);
}

/** One skill a line. */
export function skillLines(skills: readonly Skill[]): string {
  const line = (text: string) => text.replace(/\s+/g, ' ').trim();
  return skills.map(({ name, description }) => `- ${name}${description ? `: ${line(description)}` : ''}`).join('\n');
}
