/** What the rule-based teacher writes: questions from the world's own generator, and its working told in other orders. */
import { Random } from '../../core/random';
import { worldById } from '../../data/worlds';
import { written, type Operation, type Step } from '../../data/worlds/working';
import type { SolveReply, WriteRequest } from '../types';
import { understand, type Understood, type WorldId } from './understand';

/** Draws until one needs the skill and is none of the questions given: about half of all stories have a subtraction. */
const tries = 60;

/** The main skill, `multi` where there is a second part, then the operations in the order they are used. */
export const labels = ({ skill, composed, steps }: Understood): string[] =>
  [...new Set([skill, ...(composed ? ['multi'] : []), ...steps.flatMap(({ operation }) => operation ?? [])])];

/**
 * A new question of the kind of one of the parents, one that carries the skill where any does. Drawn by the text of the request alone.
 * Undefined where no parent can be read or the kind allows nothing new.
 */
export function writeLike(world: WorldId, { skill, parents, draw = 0 }: WriteRequest): string | undefined {
  const random = new Random(draw, 'write', world, skill.name, ...parents.map(({ question }) => question));
  const read = parents.flatMap(({ question }) => understand(question, world) ?? []);
  const fitting = read.filter((one) => labels(one).includes(skill.name));
  const kinds = fitting.length > 0 ? fitting : read;
  const given = new Set(parents.map(({ question }) => question));
  for (let i = 0; kinds.length > 0 && i < tries; i++) {
    const question = worldById(world).drawLike(random.pick(kinds), random);
    if (question === undefined || given.has(question)) continue;
    const understood = understand(question, world);
    if (understood && (fitting.length === 0 || labels(understood).includes(skill.name))) return question;
  }
  return undefined;
}

export function solution({ steps, final }: Pick<Understood, 'steps' | 'final'>): SolveReply {
  return { answer: written(steps, final), final };
}

/** Which operations have their two numbers exchanged in each telling. */
const exchanged: readonly (readonly Operation[])[] = [['add', 'mul'], ['add'], ['mul']];

/** The same working with the numbers of its sums and products the other way round: all of them, the sums only, the products only. */
export function toldAnew({ steps, final }: Understood, draw: number): Pick<Understood, 'steps' | 'final'> {
  const which = exchanged[draw % exchanged.length];
  const turned = (step: Step): Step => {
    if (!step.operation || !which.includes(step.operation)) return step;
    const sign = step.operation === 'add' ? '+' : '*';
    return { ...step, left: step.left.split(sign).reverse().join(sign) };
  };
  return { steps: steps.map((step) => ({ ...step, ...turned(step) })), final };
}
