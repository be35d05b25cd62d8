/** Addresses: what stands after `#`, read and written. Pure. */
import { STAGES, type Stage } from '../../worker/protocol';

export type Route =
  | { page: 'home' }
  | { page: 'import' }
  | { page: 'selftest' }
  | { page: 'speed' }
  | { page: 'settings' }
  | { page: 'teacher' }
  | { page: 'ledger' }
  /** Without a stage: wherever the project has come to. */
  | { page: 'step'; projectId: string; stage?: Stage }
  | { page: 'unknown'; path: string };

/** Pages that belong to no project. */
const PAGES = ['import', 'selftest', 'speed', 'settings', 'teacher', 'ledger'] as const;

/** The route of a hash such as `#/p/world-a-0/profile?skill=neg`. */
export function routeOf(hash: string): Route {
  const path = hash.replace(/^#/, '').split('?')[0];
  const parts = path.split('/').filter(Boolean).map(decode);
  if (parts.length === 0) return { page: 'home' };
  const page = PAGES.find((name) => name === parts[0]);
  if (parts.length === 1 && page) return { page };
  const stage = STAGES.find((name) => name === parts[2]);
  if (parts[0] === 'p' && parts.length === 2) return { page: 'step', projectId: parts[1] };
  if (parts[0] === 'p' && parts.length === 3 && stage) return { page: 'step', projectId: parts[1], stage };
  return { page: 'unknown', path };
}

/** What follows `?` in a hash. */
export function queryOf(hash: string): URLSearchParams {
  const at = hash.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : hash.slice(at + 1));
}

/** The link to a project, opening where it has come to. */
export function projectLink(projectId: string): string {
  return `#/p/${encodeURIComponent(projectId)}`;
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
