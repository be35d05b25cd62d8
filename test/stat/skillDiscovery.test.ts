/** Free names into a closed list with replies that misbehave. */
import { describe, expect, it } from 'vitest';
import { clusterRequests, familiesFrom, freeNames } from '../../src/stat/skillDiscovery';

describe('free names', () => {
  it('are counted under one spelling', () => {
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
