/** The rule-based teacher: works a built-in world's question out from its text and compares the response step by step. */

import { StudioError } from '../../core/errors';
import type { Skill } from '../../data/types';
import { written } from '../../data/worlds/working';
import type { Teacher } from '../types';
import { judgeResponse } from './judge';
import { grammars, understand, type Understood, type WorldId } from './understand';

const mostSkills = 5;
const notUnderstood = 'This teacher is a set of rules that knows only the built-in worlds’ questions; it cannot read this one.';

/** The teacher of one world; it sees no hidden label and no reference answer. Throws `teacher-unknown-world`. */
export function rulesTeacher(worldId: string): Teacher {
  if (!isWorld(worldId)) {
    throw new StudioError('teacher-unknown-world', `The rule-based teacher knows no world "${worldId}".`, {
      remedy: `It knows ${Object.keys(grammars).join(' and ')}. For other questions use another teacher.`,
    });
  }
  return {
    name: `Rules for world ${worldId}`,
    kind: 'rules',
    describe: 'Not a language model: rules that work a built-in question out step by step and find where a response leaves it.',
    async label({ question, skills }) {
      const understood = understand(question, worldId);
      if (!understood) return { skills: [], reason: notUnderstood };
      return {
        skills: onList(labels(understood), skills).slice(0, mostSkills),
        reason: `The working is ${written(understood.steps, understood.final)}.`,
      };
    },
    async judge({ question, response, skills }) {
      const understood = understand(question, worldId);
      if (!understood) return { judgedCorrect: false, missing: [], reason: notUnderstood };
      const verdict = judgeResponse(response, understood);
      return { ...verdict, missing: onList(verdict.missing, skills) };
    },
  };
}

const isWorld = (id: string): id is WorldId => Object.hasOwn(grammars, id);

/** The main skill, `multi` where there is a second part, then the operations in the order they are used. */
const labels = ({ skill, composed, steps }: Understood): string[] =>
  [...new Set([skill, ...(composed ? ['multi'] : []), ...steps.flatMap(({ operation }) => operation ?? [])])];

function onList(names: string[], skills: readonly Skill[]): string[] {
  const known = new Set(skills.map((skill) => skill.name));
  return names.filter((name) => known.has(name));
}
