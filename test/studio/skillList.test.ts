/** A list of skills where nobody has one: named question by question, clustered, and used for the labels. */
import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../src/teacher/chat';
import { chatTeacher } from '../../src/teacher/chatTeacher';
import { skillListFrom } from '../../src/studio/skillList';

const questions = Array.from({ length: 12 }, (_, i) => ({ id: `q${i}`, question: `What is ${i} ${i % 2 ? '+' : '*'} 2?`, answer: '', skills: [] }));
const { signal } = new AbortController();

/** A model that names by the sign it reads, and puts names together by their first word. */
function reading(asked: ChatRequest[], bad: (text: string) => boolean = () => false) {
  return chatTeacher(async (call, request) => {
    asked.push(request);
    const text = request.messages[0].content;
    const reply = call.task === 'cluster'
      ? { skills: ['adding', 'multiplying'].map((name) => ({
        name, description: `all ${name}`, members: [...text.matchAll(/^(\d+)\. (\w+)/gm)].filter(([, , word]) => word === name).map(([, n]) => Number(n)),
      })) }
      : { reason: '', skills: [`${text.includes('+') ? 'adding' : 'multiplying'} ${/\d+/.exec(text.split('What is')[1])?.[0]}`] };
    return { text: bad(text) ? 'no' : JSON.stringify(reply), inputTokens: 1, outputTokens: 1, finish: 'stop', model: 'm' };
  }, {}, 'test');
}

describe('a list from nothing', () => {
  it('names a spread sample, and clusters the names', async () => {
    const asked: ChatRequest[] = [];
    const { skills, failures } = await skillListFrom(reading(asked), questions, { sample: 8, most: 3, signal });
    expect(skills).toEqual([{ name: 'adding', description: 'all adding' }, { name: 'multiplying', description: 'all multiplying' }]);
    expect(failures).toEqual([]);
    expect(asked).toHaveLength(9);
  });

  it('takes the names as they are where they are few', async () => {
    const { skills } = await skillListFrom(reading([]), questions.slice(0, 2), { sample: 8, most: 3, signal });
    expect(skills.map(({ name }) => name)).toEqual(['adding 1', 'multiplying 0']);
  });

  it('lists the questions that got no name, and says so where none got one', async () => {
    const { failures } = await skillListFrom(reading([], (text) => text.includes('What is 3')), questions, { sample: 12, most: 30, signal });
    expect(failures).toMatchObject([{ row: 'q3', code: 'reply-not-json' }]);
    await expect(skillListFrom(reading([], () => true), questions, { sample: 12, most: 30, signal })).rejects.toMatchObject({ code: 'studio-no-skills' });
  });
});
