/** The address after `#`: which page is open. No library: a path, a query, and links that are ordinary anchors. */
import { createContext } from 'svelte';
import { queryOf, routeOf } from './routes';

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

  /** Goes on to where an address leads, leaving no step back to it. */
  replace(link: string): void {
    history.replaceState(null, '', link);
    this.hash = location.hash;
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
