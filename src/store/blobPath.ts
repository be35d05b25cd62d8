/** Names of binary files, safe in OPFS and on every disk. */
import { StudioError } from '../core/errors';

const SEGMENT = /^[A-Za-z0-9@._-]+$/;

/** The segments of a blob path. Refuses empty ones, `.`, `..` and foreign characters, so that no path leaves its folder. */
export function blobSegments(path: string): string[] {
  const segments = path.split('/');
  for (const segment of segments) {
    if (!SEGMENT.test(segment) || segment === '.' || segment === '..') {
      throw new StudioError('store-bad-path', `"${path}" is not a name the store can keep a file under.`);
    }
  }
  return segments;
}

/** Joins any texts into a blob path: `/` splits, other foreign characters become `-` and a hash of the text, so that none collide. */
export function blobPath(...parts: string[]): string {
  return parts.flatMap((part) => part.split('/')).map(safeSegment).join('/');
}

function safeSegment(text: string): string {
  if (SEGMENT.test(text) && text !== '.' && text !== '..') return text;
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  const plain = text.normalize('NFKD').replace(/[^A-Za-z0-9@_-]+/g, '-').slice(0, 60);
  return `${plain || 'x'}.${(hash >>> 0).toString(16)}`;
}

/** Where a reinforced run's last groups of answers are kept, as JSON. */
export function groupsPath(runId: string): string {
  return blobPath(runId, 'groups.json');
}

/** Where the student is that a watched run keeps so far, as a safetensors file. */
export function keptPath(runId: string): string {
  return blobPath(runId, 'kept.safetensors');
}

/** What a run is held to, as JSON. */
export function anchorsPath(runId: string): string {
  return blobPath(runId, 'anchors.json');
}

/** Where a project's measured alignment of its skills is kept, as JSON. */
export function alignmentPath(projectId: string): string {
  return blobPath(projectId, 'alignment.json');
}

/** Where the labels a person brought to a project are kept, as JSON: `{question2skill}`. */
export function labelsPath(projectId: string): string {
  return blobPath(projectId, 'labels.json');
}
