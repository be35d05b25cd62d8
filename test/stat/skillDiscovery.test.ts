/** Free names into a closed list and back onto the questions, with replies that misbehave. */
import { describe, expect, it } from 'vitest';
import { clusterRequests, familiesFrom, freeLabelRequests, freeNames, listLabelRequests, listLabelsFrom } from '../../src/stat/skillDiscovery';
import { question } from './rows';

const questions = [question('1'), question('2'), question('3')];
const skills = [{ name: 'Fractions', description: '' }, { name: 'addition', description: '' }];

describe('free names', () => {
  it('are asked for without a list and counted under one spelling', () => {
    expect(freeLabelRequests(questions)[0]).toEqual({ row: '1', question: 'q 1', skills: [] });
    expect(freeNames([{ skills: ['Adding_Up', 'adding up'] }, { skills: ['adding  up', 'halves'] }, { skills: ['', 'x', 'a', 'b', 'c', 'sixth'] }])).toEqual([
      { name: 'adding up', questions: 2 }, { name: 'a', questions: 1 }, { name: 'b', questions: 1 }, { name: 'c', questions: 1 },
      { name: 'halves', questions: 1 }, { name: 'x', questions: 1 },
    ]);
  });
});

describe('families', () => {
  const names = ['halves', 'Thirds', 'adding_up', 'sums', 'lost'];

  it('take every name once; what is foreign, contested or left over is counted', () => {
    const requests = clusterRequests(names, 4, 3);
    expect(requests.map((request) => [request.names, request.most])).toEqual([[['adding up', 'halves', 'lost'], 3], [['sums', 'thirds'], 2]]);
    const found = familiesFrom(requests, [
      { skills: [{ name: 'Fractions', description: 'parts', members: ['halves', 'quarters'] }, { name: 'addition', description: '', members: ['adding up', 'halves'] }] },
      { skills: [{ name: 'fractions', description: 'other words', members: ['thirds'] }, { name: 'addition', description: '', members: ['SUMS'] }, { name: 'empty', description: '', members: [] }] },
    ]);
    expect(found.skills).toEqual([{ name: 'fractions', description: 'parts' }, { name: 'addition', description: '' }]);
    expect(Object.fromEntries(found.familyOf)).toEqual({ halves: 'fractions', 'adding up': 'addition', thirds: 'fractions', sums: 'addition' });
    expect(found).toMatchObject({ unplaced: ['lost'], foreign: 1, contested: 1 });
    expect(clusterRequests(found.unplaced, 2)[0].names).toEqual(['lost']);
  });
});

describe('labels from the list', () => {
  it('reject off-list names, ask again naming them, and never keep one', () => {
    const first = listLabelRequests(questions, skills);
    const one = listLabelsFrom(first, new Map([['1', { skills: ['fractions', 'addition'] }], ['2', { skills: ['addition', 'magic'] }]]));
    expect(Object.fromEntries(one.labels)).toEqual({ 1: ['Fractions', 'addition'] });
    expect(one.askAgain.map(({ row, rejected, attempt }) => [row, rejected, attempt])).toEqual([['2', ['magic'], 2], ['3', [], 2]]);

    const two = listLabelsFrom(one.askAgain, new Map([['2', { skills: ['sorcery'] }], ['3', { skills: ['addition'] }]]));
    expect(two.askAgain[0].rejected).toEqual(['magic', 'sorcery']);
    const three = listLabelsFrom(two.askAgain, new Map([['2', { skills: ['addition', 'charms'] }]]));
    expect(three).toEqual({ labels: new Map([['2', ['addition']]]), askAgain: [], gaveUp: [{ row: '2', rejected: ['charms'] }] });
  });

  it('keep five at most', () => {
    const list = 'abcdefg'.split('').map((name) => ({ name, description: '' }));
    const [request] = listLabelRequests(questions, list);
    expect(listLabelsFrom([request], new Map([['1', { skills: list.map((skill) => skill.name) }]])).labels.get('1')).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
