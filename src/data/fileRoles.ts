/** What each of several files of questions is for, where their names tell. */
import { StudioError } from '../core/errors';
import { PLACED_SETS, type PlacedSet } from './split';

/** Rows to train on, the validation or the test set, or a further test set by its name. */
export type FileRole = 'train' | PlacedSet | 'more';

const WORDS: Record<PlacedSet, RegExp> = { validation: /(^|[^a-z])(val|valid|validation|dev)([^a-z]|$)/, test: /(^|[^a-z])(test|eval)([^a-z]|$)/ };

/**
 * One role a file, in their order: one trains, at most one is for validation and one is the test set. `taken` are roles that other files
 * have already.
 */
export function guessRoles(names: readonly string[], taken: readonly FileRole[] = []): FileRole[] {
  const used = new Set(taken);
  const roles = names.map((name): FileRole | undefined => {
    const set = PLACED_SETS.find((one) => WORDS[one].test(name.toLowerCase()));
    if (set === undefined || used.has(set)) return set && 'more';
    used.add(set);
    return set;
  });
  if (!used.has('train')) {
    const named = names.findIndex((name) => /train/i.test(name));
    const unsaid = named >= 0 ? named : roles.indexOf(undefined);
    roles[Math.max(unsaid, 0)] = 'train';
  }
  return roles.map((role) => role ?? 'more');
}

/** A name for a further test set: the file's, without its ending and what no name may hold. */
export function setNameOf(file: string): string {
  return file.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}._+-]+/gu, ' ').trim().slice(0, 40).trim();
}

/** @throws StudioError `data-file-roles`: two files for one set, or two sets of one name. */
export function checkRoles(files: readonly { name: string; role: FileRole; setName: string }[]): void {
  const seen = new Map<string, string>();
  for (const { name, role, setName } of files) {
    const key = role === 'more' ? `more/${setName.trim()}` : role;
    const other = seen.get(key);
    if (other !== undefined) {
      const what = role === 'more' ? `are both called ${setName.trim() || 'nothing'}` : `both hold ${role === 'train' ? 'the rows to train on' : `the ${role} questions`}`;
      throw new StudioError('data-file-roles', `${other} and ${name} ${what}.`, {
        kept: 'The files are here as you chose them; nothing was made yet.', remedy: 'Say what each file holds, or give each further test set a name of its own.',
      });
    }
    seen.set(key, name);
  }
}
