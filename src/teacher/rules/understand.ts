/** A built-in world's question, understood from its text alone: what it is about and each step of the working. */

import { followUps, followUpSteps, type FollowUp, type Operation, type Step } from '../../data/worlds/working';
import { everyday } from './everyday';
import { expressions } from './expressions';
import { inWords } from './inWords';
import { read, type Reading } from './reading';

export type WorldId = 'A' | 'B1';

export interface UnderstoodStep extends Step {
  /** The skill this part of the question is about. */
  own: string;
}

export interface Understood {
  /** What the question is about. */
  skill: string;
  composed: boolean;
  /** How a composed question goes on. */
  followUp?: FollowUp;
  steps: UnderstoodStep[];
  final: string;
}

interface Grammar {
  readings: Reading[];
  composes: boolean;
  operations: Operation[];
}

/** What each world asks. World B1 has no division or remainder skill; a division there belongs to the question's own skill. */
export const grammars: Record<WorldId, Grammar> = {
  A: { readings: [...expressions, ...inWords], composes: true, operations: ['add', 'sub', 'mul', 'div'] },
  B1: {
    readings: [...expressions, ...inWords, ...everyday].filter(({ skill }) => skill !== 'div' && skill !== 'mod'),
    composes: false,
    operations: ['add', 'sub', 'mul'],
  },
};

const longest = 200;
const opening = /^(?:what is|find|work out|solve) /;
const composition = new RegExp(`^(.+), then (${followUps.join('|')}) (\\d{1,3})$`);

/** Undefined where the text is none of this world's questions. */
export function understand(question: string, world: WorldId): Understood | undefined {
  const text = question.trim();
  if (text.length > longest) return undefined;
  const parts = grammars[world].composes ? composition.exec(text) : null;
  const first = understandOne(parts ? parts[1] : text, world);
  if (!parts || !first) return first;
  const v = Number(first.final);
  if (v < 0) return undefined;
  const more = followUpSteps(parts[2] as FollowUp, v, Number(parts[3]));
  return {
    skill: first.skill,
    composed: true,
    followUp: parts[2] as FollowUp,
    steps: [...first.steps, ...own(more, 'multi', world)],
    final: more[more.length - 1].right,
  };
}

function understandOne(text: string, world: WorldId): Understood | undefined {
  for (const candidate of [text, text.replace(opening, '')]) {
    for (const reading of grammars[world].readings) {
      const found = read(reading, candidate);
      if (!found) continue;
      return { skill: reading.skill, composed: false, steps: own(found.steps, reading.skill, world), final: found.final };
    }
  }
  return undefined;
}

/** Steps of one part; operations that are no skill of the world are left to the part's own skill. */
const own = (steps: Step[], skill: string, world: WorldId): UnderstoodStep[] => steps.map(({ left, right, operation }) => {
  const named = operation && grammars[world].operations.includes(operation);
  return { left, right, operation: named ? operation : undefined, own: skill };
});
