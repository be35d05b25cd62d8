/** What a person may write to mean a Hugging Face repository: `hf:owner/name`, with `@revision` and `:file` after it, or its address. */
import { StudioError } from '../core/errors';

export interface RepositoryName {
  /** Address of the hub, without a closing slash; absent where the name does not say. */
  hub?: string;
  /** `owner/name` */
  repository: string;
  revision: string;
  /** The one file meant, where it is named. */
  file?: string;
}

const PART = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;

export function isRepositoryName(text: string): boolean {
  return /^(hf:|https?:\/\/)/.test(text);
}

/** @throws StudioError `model-bad-name` */
export function parseRepositoryName(text: string): RepositoryName {
  const parsed = text.startsWith('hf:') ? fromShort(text.slice(3)) : fromAddress(text);
  const parts = parsed?.repository.split('/') ?? [];
  const safe = (part: string) => PART.test(part) && !part.includes('..');
  if (!parsed || parts.length !== 2 || !parts.every(safe) || !safe(parsed.revision) || (parsed.file !== undefined && !safe(parsed.file))) {
    throw new StudioError('model-bad-name', `"${text.slice(0, 120)}" is not the name of a model repository.`, {
      remedy: 'Write hf:owner/name, or the address of its page; hf:owner/name:file.gguf names one file.',
    });
  }
  return parsed;
}

function fromShort(text: string): RepositoryName | undefined {
  const [, repository, revision, file] = /^([^@:]+)(?:@([^:]+))?(?::(.+))?$/.exec(text) ?? [];
  return repository === undefined ? undefined : { repository, revision: revision ?? 'main', file };
}

/** The address of a repository, of a branch of it (`tree`), or of a file in it (`blob`, `resolve`). */
function fromAddress(text: string): RepositoryName | undefined {
  if (!URL.canParse(text)) return undefined;
  const { origin, pathname } = new URL(text);
  const [owner, name, view, revision, ...file] = pathname.split('/').filter(Boolean);
  if (name === undefined || (view !== undefined && !['tree', 'blob', 'resolve'].includes(view))) return undefined;
  return { hub: origin, repository: `${owner}/${name}`, revision: revision ?? 'main', file: file.length > 0 ? file.join('/') : undefined };
}
