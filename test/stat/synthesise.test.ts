/** Requests for new questions, and what is kept of the replies. */
import { describe, expect, it } from 'vitest';
import { NearCopies, containment, gramsOf, jaccard, tokensOf } from '../../src/data/similarity';
import { skillMap } from '../../src/stat/skills';
import { acceptRewritten, acceptWritten, augmentRequests, embedSynRequests, largestAgreement, statSynByRate, statSynRequests, type Written } from '../../src/stat/synthesise';
import { poolOf, verdict } from './rows';

const pool = poolOf({ add: 5, neg: 2 });
const skills = [{ name: 'add', description: 'sums' }, { name: 'neg', description: '' }];
const same = (a: string, b: string) => a === b;

describe('requests', () => {
  it('take three references of the missing skill, each question its own', () => {
    const requests = statSynRequests([verdict('1', ['add', 'none']), verdict('2', ['neg']), verdict('3', ['add'], true)], skillMap(pool), pool, skills, 7);
    expect(requests.map((request) => [request.row, request.references.length])).toEqual([['1/add/0', 3], ['1/add/1', 3], ['2/neg/0', 2], ['2/neg/1', 2]]);
    for (const { references, skill, parents } of requests) {
      expect(new Set(references).size).toBe(references.length);
      expect(references.every((index) => pool[index].skills[0] === skill.name)).toBe(true);
      expect(parents[0]).toEqual({ question: pool[references[0]].question, answer: pool[references[0]].answer });
    }
    expect(requests[0].skill).toEqual(skills[0]);
  });

  it('by rate ask for each skill as often as its rate says, where the pool can show it', () => {
    const entry = (skill: string, rate: number) => ({ skill, rate, count: 1, carriers: 4 });
    const requests = statSynByRate({ entries: [entry('add', 0.6), entry('neg', 0.2), entry('none', 0.9), entry('idle', 0)], difficult: 3, validation: 9 }, skillMap(pool), pool, skills, 2000, 5);
    expect(requests.length).toBe(2000);
    const share = requests.filter(({ skill }) => skill.name === 'add').length / 2000;
    expect(Math.abs(share - 0.75)).toBeLessThan(0.04);
    expect(new Set(requests.map(({ row }) => row)).size).toBe(2000);
    for (const { skill, references } of requests) expect(references.every((index) => pool[index].skills.includes(skill.name))).toBe(true);
  });

  it('of Embed-Syn come in groups of the retrieved rows; of Augment three a question', () => {
    const requests = embedSynRequests(new Map([['v', [0, 1, 2, 3, 4]]]), pool, 1);
    expect(requests.length).toBe(5);
    expect(new Set(requests.map((request) => request.references.join())).size).toBeGreaterThan(2);
    const rewritten = augmentRequests(pool, 20, 3);
    expect(new Set(rewritten.map(({ row, draw }) => `${row}/${draw}`)).size).toBe(20);
    expect(augmentRequests(pool, 100, 3).length).toBe(21);
  });
});

describe('acceptance', () => {
  const request = { row: 'r', skill: skills[0], draw: 0, references: [0], parents: [{ question: 'Tom has three red apples and buys four more apples at the shop today.', answer: '7' }] };
  const written = (question: string, ...finals: string[]): Written => ({ request, question, solutions: finals.map((final, i) => ({ answer: `working ${i} #### ${final}`, final })) });
  const evaluation = [{ question: 'A train leaves the station at noon and travels sixty miles an hour for three hours. How far does it go?', answer: '60*3=180#180' }];

  it('keeps agreeing solutions only', () => {
    const { rows, counts: { questions, dropped } } = acceptWritten([written('How many legs do six spiders have together?', '48', '47', '48')], pool, evaluation, same);
    expect(rows.map((row) => [row.question, row.answer, row.skills])).toEqual([
      ['How many legs do six spiders have together?', 'working 0 #### 48', ['add']], ['How many legs do six spiders have together?', 'working 2 #### 48', ['add']],
    ]);
    expect(new Set(rows.map((row) => row.id)).size).toBe(2);
    expect(rows[0].from).toEqual({ references: [pool[0].id], agreeing: 2, solutions: 3 });
    expect([questions, Object.values(dropped).every((n) => n === 0)]).toEqual([1, true]);
  });

  it('drops and counts what it must not keep', () => {
    const { rows, counts: { dropped } } = acceptWritten([
      written('', '1', '1'),
      written('Tom has three red apples and buys four more apples at the shop today!', '7', '7'),
      written('a train  leaves the station at NOON and travels sixty miles an hour for three hours. How far does it go', '180', '180'),
      written('What is the sum of the first nine odd numbers?', '81', '80', ''),
      written('What is the sum of the first ten odd numbers?', '100', '100'),
      written('what is the sum of the first ten odd numbers?', '100', '100'),
      { request, question: 'How far in 3 h at 60?', solutions: [{ answer: '60*3=180#180', final: '180' }, { answer: '60*3=180#180', final: '180' }] },
    ], pool, evaluation, same);
    expect(dropped).toEqual({ empty: 1, nearReference: 1, nearEvaluation: 2, disagreeing: 1, repeated: 1, tooLong: 0 });
    expect(rows.length).toBe(2);
  });

  it('finds the largest agreement, the first of equals', () => {
    expect(largestAgreement([{ answer: 'a', final: '1' }, { answer: 'b', final: '2' }, { answer: 'c', final: '2' }], same).map((s) => s.answer)).toEqual(['b', 'c']);
    expect(largestAgreement([{ answer: 'a', final: '1' }, { answer: 'b', final: '2' }], same).map((s) => s.answer)).toEqual(['a']);
    expect(largestAgreement([], same)).toEqual([]);
  });

  it('keeps a solution told twice alike once', () => {
    const alike = { answer: '6*8=48#48', final: '48' };
    const { rows } = acceptWritten([{ request, question: 'How many legs do six spiders have together?', solutions: [alike, alike, { answer: '8*6=48#48', final: '48' }] }], pool, evaluation, same);
    expect(rows.map(({ answer }) => answer)).toEqual(['6*8=48#48', '8*6=48#48']);
    expect(rows[0].from.agreeing).toBe(3);
  });

  it('of rewritten answers wants the pool’s own result', () => {
    const result = acceptRewritten(pool, [{ row: 'add-0', answer: 'a add-0 again' }, { row: 'add-0', answer: 'a add-0 again' }, { row: 'add-1', answer: 'wrong' }, { row: 'none', answer: 'x' }], (reference, answer) => answer.startsWith(reference));
    expect(result.rows).toMatchObject([{ id: 'add-0~a0', question: 'q add-0', answer: 'a add-0 again', skills: ['add'] }]);
    expect(result.counts.dropped).toMatchObject({ disagreeing: 1, empty: 1, repeated: 1 });
  });
});

describe('near copies', () => {
  it('are measured by word grams', () => {
    expect(tokensOf('What is 3x + 2?')).toEqual(['what', 'is', '3', 'x', '+', '2']);
    expect(jaccard(gramsOf('a b c d', 2), gramsOf('a b c e', 2))).toBe(0.5);
    expect(containment(gramsOf('a b c', 2), gramsOf('x a b c y', 2))).toBe(1);
    expect(gramsOf('', 3).size).toBe(0);
  });

  it('are found as a search of every pair finds them', () => {
    const words = 'red blue green one two three four apple pear train car house tree river sun moon star sky bird fish'.split(' ');
    let state = 1;
    const next = (n: number) => (state = (state * 48271) % 2147483647) % n;
    const texts = Array.from({ length: 300 }, () => Array.from({ length: 20 }, () => words[next(words.length)]).join(' '));
    const index = new NearCopies(texts);
    for (let i = 0; i < 300; i++) {
      expect(index.nearest(texts[i])).toEqual({ index: i, similarity: 1 });
      const changed = texts[i].split(' ');
      changed[next(20)] = 'ZEBRA';
      const found = index.nearest(changed.join(' '));
      expect(found?.index).toBe(i);
      expect(found?.similarity).toBe(jaccard(gramsOf(changed.join(' '), 3), gramsOf(texts[i], 3)));
    }
    expect(index.nearest('nothing like it at all here')?.similarity ?? 0).toBe(0);
  });
});
