import { describe, expect, it } from 'vitest';
import { projectLink, queryOf, routeOf, stepLink } from '../../src/app/state/routes';

describe('the address', () => {
  it('names a page', () => {
    expect(routeOf('')).toEqual({ page: 'home' });
    expect(routeOf('#/?quick=1')).toEqual({ page: 'home' });
    for (const page of ['import', 'selftest', 'speed', 'settings', 'teacher', 'ledger']) expect(routeOf(`#/${page}`)).toEqual({ page });
    expect(routeOf('#/p/demo-a-0-1f/profile?skill=neg')).toEqual({ page: 'step', projectId: 'demo-a-0-1f', stage: 'profile' });
  });

  it('does not take a wrong one for a page', () => {
    for (const hash of ['#/p/x/nothing', '#/p', '#/p/x/data/more', '#/%E0%A4%A']) expect(routeOf(hash).page).toBe('unknown');
  });

  it('carries any project id there and back', () => {
    const id = 'own/é ?&#1';
    const link = stepLink(id, 'compare', { skill: 'a & b' });
    expect(routeOf(link)).toEqual({ page: 'step', projectId: id, stage: 'compare' });
    expect(routeOf(projectLink(id))).toEqual({ page: 'step', projectId: id });
    expect(queryOf(link).get('skill')).toBe('a & b');
  });
});
