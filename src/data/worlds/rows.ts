/** From drawn problems to rows: wording, hidden labels, and draws that respect what is set aside for evaluation. */

import { StudioError } from '../../core/errors';
import type { Random } from '../../core/random';
import type { Question } from '../types';
import type { Family, Problem } from './family';
import { written } from './working';

/** A question before it has an id. `key` is what the question asks, whatever its wording; splits share no key. */
export interface Draft {
  key: string;
  question: string;
  answer: string;
  skills: string[];
}

/** The most skills a question carries, as for a teacher's labels (paper, appendix C.3). */
const mostSkills = 5;
/** Draws before giving up on a row: the rarest wanted row turns up about once in a hundred draws. */
const tries = 5000;

/** Words problems as rows of a world that has these families' skills. */
export class Wording {
  private readonly known: Set<string>;

  constructor(families: readonly Family[]) {
    this.known = new Set(families.map((family) => family.name));
  }

  /** A freshly drawn problem in one of its plain wordings. */
  plain(family: Family, random: Random): Draft {
    const problem = family.draw(random, false);
    return this.row(family.name, problem, random, problem.plain);
  }

  /** Labels: `skill`, then `multi` if composed, then the operations of the steps that are skills of this world. */
  row(skill: string, problem: Problem, random: Random, texts: string[], composed = false): Draft {
    const labels = new Set(composed ? [skill, 'multi'] : [skill]);
    for (const { operation } of problem.steps) if (operation && this.known.has(operation)) labels.add(operation);
    return {
      key: `${skill}|${problem.operands}`,
      question: random.pick(texts),
      answer: written(problem.steps, problem.final),
      skills: [...labels].slice(0, mostSkills),
    };
  }
}

/** Draws until `draw` gives a row that is not taken. `undefined` from `draw` counts as a try. */
export function drawFree(taken: ReadonlySet<string>, draw: () => Draft | undefined): Draft {
  for (let i = 0; i < tries; i++) {
    const draft = draw();
    if (draft && !taken.has(draft.key)) return draft;
  }
  throw new StudioError('world-exhausted', `No free question turned up in ${tries} draws.`, {
    remedy: 'Ask this world for fewer questions.',
  });
}

/** Draws `count` rows and takes their keys, so that no later draw repeats them. */
export function take(count: number, taken: Set<string>, draw: () => Draft | undefined): Draft[] {
  return Array.from({ length: count }, () => {
    const draft = drawFree(taken, draw);
    taken.add(draft.key);
    return draft;
  });
}

/** Short stable ids: `A0-test-0017`. */
export function numbered(prefix: string, drafts: readonly Draft[]): Question[] {
  const width = Math.max(4, String(drafts.length - 1).length);
  return drafts.map(({ question, answer, skills }, i) => ({
    id: `${prefix}-${String(i).padStart(width, '0')}`, question, answer, skills,
  }));
}
