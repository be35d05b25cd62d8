/** Finding skills: label a question by a list, name a skill where there is no list yet, cluster the names, relabel by the clusters. */
import * as v from 'valibot';
import { Rejection } from '../rejection';
import type { ClusterReply, ClusterRequest, LabelReply, LabelRequest, RelabelReply, RelabelRequest } from '../types';
import { listed, mostSkills, plainText, refuseOffList, readReply, reason, validateLabel } from '../validate';
import { type ChatTask, oneOf, shape, skillLines, textSchema } from './task';

const mostNewName = 80;
const newName = v.pipe(v.string(), v.minLength(1), v.maxLength(mostNewName));

export const label: ChatTask<LabelRequest, LabelReply> = {
  task: 'label',
  prompt: ({ skills }) => (skills.length > 0 ? 'label' : 'name'),
  texts: ({ question, skills }) => ({ question, skills: skillLines(skills) }),
  schema: ({ skills }) => shape({
    reason: textSchema(400),
    skills: { type: 'array', items: oneOf(skills), minItems: 1, maxItems: skills.length > 0 ? mostSkills : 1 },
  }),
  read(reply, { skills }, last) {
    if (skills.length === 0) {
      const { skills: [first], reason: why } = readReply(v.object({ skills: v.pipe(v.array(newName), v.length(1)), reason }), reply);
      return { skills: [plainText(first).toLowerCase()], reason: why };
    }
    const checked = validateLabel(reply, skills);
    if (checked.skills.length === 0) throw new Rejection('reply-off-list', 'use only names from the list');
    if (!last) refuseOffList(checked);
    return checked;
  },
  maxTokens: () => 400,
  temperature: 0,
};

export const relabel: ChatTask<RelabelRequest, RelabelReply> = {
  task: 'relabel',
  prompt: () => 'relabel',
  texts: ({ question, skills }) => ({ question, skills: skillLines(skills) }),
  schema: ({ skills }) => shape({ reason: textSchema(400), skill: oneOf(skills) }),
  read(reply, { skills }) {
    const { skill, reason: why } = readReply(v.object({ skill: v.pipe(v.string(), v.maxLength(200)), reason }), reply);
    const [kept] = listed([skill], skills).kept;
    if (kept === undefined) throw new Rejection('reply-off-list', 'use only a name from the list');
    return { skill: kept, reason: why };
  },
  maxTokens: () => 300,
  temperature: 0,
};

export const cluster: ChatTask<ClusterRequest, ClusterReply> = {
  task: 'cluster',
  prompt: () => 'cluster',
  texts: ({ names }) => ({ names: names.map((name, i) => `${i + 1}. ${name.replace(/\s+/g, ' ')}`).join('\n') }),
  numbers: ({ most }) => ({ most }),
  schema: ({ names, most }) => shape({
    skills: {
      type: 'array', minItems: 1, maxItems: most,
      items: shape({
        name: textSchema(mostNewName), description: textSchema(300),
        members: { type: 'array', items: { type: 'integer', minimum: 1, maximum: names.length }, minItems: 1 },
      }),
    },
  }),
  read(reply, { names, most }) {
    const group = v.object({ name: newName, description: v.pipe(v.string(), v.maxLength(500)), members: v.pipe(v.array(v.pipe(v.number(), v.integer())), v.maxLength(names.length)) });
    const { skills } = readReply(v.object({ skills: v.pipe(v.array(group), v.minLength(1), v.maxLength(Math.max(1, names.length))) }), reply);
    if (skills.length > most) throw new Rejection('reply-wrong-count', `${skills.length} skills, at most ${most} are wanted`);
    const placed = skills.flatMap(({ members }) => members);
    if (placed.length !== names.length || new Set(placed).size !== names.length || placed.some((n) => n < 1 || n > names.length)) {
      throw new Rejection('reply-wrong-count', `every number from 1 to ${names.length} must be in exactly one skill`);
    }
    const titles = skills.map(({ name }) => plainText(name));
    if (new Set(titles.map((title) => title.toLowerCase())).size !== titles.length) throw new Rejection('reply-shape', 'two skills have one name');
    return {
      skills: skills.map(({ description, members }, i) => ({
        name: titles[i], description: plainText(description), members: members.map((n) => names[n - 1]),
      })),
    };
  },
  maxTokens: ({ names, most }) => 200 + 60 * most + 8 * names.length,
  temperature: 0,
};
