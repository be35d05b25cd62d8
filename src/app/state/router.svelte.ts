/** The address after `#`: which page is open. No library: a path, a query, and links that are ordinary anchors. */
import { createContext } from 'svelte';
import type { Stage } from '../../worker/protocol';
import { STAGES } from '../../worker/protocol';

export type Route =
  | { page: 'home' }
  | { page: 'import' }
  | { page: 'selftest' }
  | { page: 'settings' }
  | { page: 'step'; projectId: string; stage: Stage }
  | { page: 'unknown'; path: string };

/** The route of a hash such as `#/p/world-a-0/profile?skill=neg`. */
export function routeOf(hash: string): Route {
  const path = hash.replace(/^#/, '').split('?')[0];
  const parts = path.split('/').filter(Boolean).map(decode);
  if (parts.length === 0) return { page: 'home' };
  if (parts.length === 1 && (parts[0] === 'import' || parts[0] === 'selftest' || parts[0] === 'settings')) return { page: parts[0] };
  const stage = STAGES.find((name) => name === parts[2]);
  if (parts[0] === 'p' && parts.length === 3 && stage) return { page: 'step', projectId: parts[1], stage };
  return { page: 'unknown', path };
}

/** What follows `?` in a hash. */
export function queryOf(hash: string): URLSearchParams {
  const at = hash.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : hash.slice(at + 1));
}

/** The link to a step of a project. */
export function stepLink(projectId: string, stage: Stage, query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#/p/${encodeURIComponent(projectId)}/${stage}${search ? `?${search}` : ''}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The open page, as reactive state. Create it once, in the root component. */
export class Router {
  hash = $state(location.hash);
  readonly route = $derived(routeOf(this.hash));
  readonly query = $derived(queryOf(this.hash));

  constructor() {
    $effect(() => {
      const onChange = () => {
        const moved = this.hash.split('?')[0] !== location.hash.split('?')[0];
        this.hash = location.hash;
        if (moved) scrollTo(0, 0);
      };
      addEventListener('hashchange', onChange);
      return () => removeEventListener('hashchange', onChange);
    });
  }

  go(link: string): void {
    location.hash = link;
  }

  /** Changes the query of the open page without a new history entry. Empty values are dropped. */
  setQuery(changes: Record<string, string | undefined>): void {
    const query = queryOf(location.hash);
    for (const [name, value] of Object.entries(changes)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    const search = query.toString();
    history.replaceState(null, '', location.hash.split('?')[0] + (search ? `?${search}` : ''));
    this.hash = location.hash;
  }
}

export const [getRouter, setRouter] = createContext<Router>();
