/** The rule-based teacher: works a built-in world's question out from its text and compares the response step by step. */

import { StudioError } from '../../core/errors';
import type { Skill } from '../../data/types';
import { written } from '../../data/worlds/working';
import { Rejection } from '../rejection';
import type { Teacher } from '../types';
import { judgeResponse, scoreSteps } from './judge';
import { labels, solution, toldAnew, writeLike } from './writing';
import { grammars, understand, type WorldId } from './understand';

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
    describe: 'Not a language model: rules that work a built-in question out step by step and find where a response leaves it. '
      + 'New questions it draws from the world’s own generator, which no teacher of real data has.',
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
    async write(request) {
      const question = writeLike(worldId, request);
      if (question === undefined) throw new Rejection('reply-empty', notUnderstood);
      return { question, reason: 'Drawn anew by the kind of one of the questions given, with other numbers.' };
    },
    async solve({ question }) {
      const understood = understand(question, worldId);
      if (!understood) throw new Rejection('reply-empty', notUnderstood);
      return solution(understood);
    },
    async rewrite({ question, draw = 0 }) {
      const understood = understand(question, worldId);
      if (!understood) throw new Rejection('reply-empty', notUnderstood);
      return solution(toldAnew(understood, draw));
    },
    async score({ question, steps }) {
      const understood = understand(question, worldId);
      if (!understood) throw new Rejection('reply-empty', notUnderstood);
      return { scores: scoreSteps(steps, understood) };
    },
  };
}

const isWorld = (id: string): id is WorldId => Object.hasOwn(grammars, id);

function onList(names: string[], skills: readonly Skill[]): string[] {
  const known = new Set(skills.map((skill) => skill.name));
  return names.filter((name) => known.has(name));
}
