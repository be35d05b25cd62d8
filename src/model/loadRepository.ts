/** A student from a Hugging Face repository: its files are listed, the needed ones fetched into a cache, and read from there. */
import { StudioError } from '../core/errors';
import { mayReach, reach } from '../core/networkDoor';
import { readText, type ByteSource } from './byteSource';
import type { FileCache } from './fileCache';
import { failedReply } from './loadErrors';
import { loadFile, type Ask } from './loadFile';
import { parseRepositoryName, type RepositoryName } from './repositoryName';
import { INDEX_FILE, shardNames } from './safetensors';

export const HUB = 'https://huggingface.co';

const MOST_FILES = 10_000;
const MOST_BYTES = 2 ** 40;
const SMALL_FILES = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'tokenizer.model', 'chat_template.jinja', INDEX_FILE];
const SEGMENT = /^[A-Za-z0-9@_][A-Za-z0-9@._-]*$/;

export interface RepositoryAccess {
  cache: FileCache;
  /** Address of the hub; Hugging Face's own where absent. A name that is an address says its own. */
  hub?: string;
  /** Sent to the hub only, and kept nowhere. */
  token?: string;
  signal?: AbortSignal;
  onProgress?: (progress: RepositoryProgress) => void;
}

export interface RepositoryProgress {
  file: string;
  /** Bytes of all wanted files that are here, of how many. */
  done: number;
  total: number;
}

interface Listed {
  path: string;
  size: number;
}

/**
 * The files of a student, all of them in the cache.
 * @param name as `repositoryName` reads it.
 * @throws StudioError `model-bad-name`, `model-not-found`, `model-needs-token`, `model-gated`, `model-fetch-failed`, `model-missing-file`
 */
export async function loadRepository(name: string, access: RepositoryAccess): Promise<Map<string, ByteSource>> {
  const wanted = parseRepositoryName(name);
  const hub = (wanted.hub ?? access.hub ?? HUB).replace(/\/+$/, '');
  const ask = asking(hub, access.token);
  const listing = await listRepository(hub, wanted, ask, access);
  const at = `${folderOf(hub, wanted.repository)}/${listing.commit}`;
  const small = listing.files.filter(({ path }) => SMALL_FILES.includes(path) && (path !== 'tokenizer.model' || !listing.files.some((one) => one.path === 'tokenizer.json')));
  const fetchAll = async (files: Listed[], before: number, total: number) => {
    let done = before;
    for (const { path, size } of files) {
      const url = `${hub}/${wanted.repository}/resolve/${listing.commit}/${path}`;
      await loadFile({ url, name: path, path: `${at}/${path}`, size }, access.cache, ask, (bytes) => access.onProgress?.({ file: path, done: done + bytes, total }), access.signal);
      done += size;
    }
    return done;
  };
  const bytesOf = (files: Listed[]) => files.reduce((sum, { size }) => sum + size, 0);
  const index = listing.files.find(({ path }) => path === INDEX_FILE);
  if (index && !wanted.file) await fetchAll([index], 0, index.size);
  const weights = await weightFiles(wanted, listing.files, index && (await access.cache.open(`${at}/${INDEX_FILE}`)));
  const all = wanted.file?.endsWith('.gguf') || weights.some(({ path }) => path.endsWith('.gguf')) ? weights : [...small, ...weights];
  await fetchAll(all, 0, bytesOf(all));
  return new Map(await Promise.all(all.map(async ({ path }) => [path, await access.cache.open(`${at}/${path}`)] as const)));
}

/** Forgets everything of a repository that is kept. */
export async function forgetRepository(name: string, access: Pick<RepositoryAccess, 'cache' | 'hub'>): Promise<void> {
  const { hub, repository } = parseRepositoryName(name);
  await access.cache.remove(folderOf(hub ?? access.hub ?? HUB, repository));
}

/** Requests to the hub carry the token; a listing that leads elsewhere is not followed. */
function asking(hub: string, token: string | undefined): Ask {
  return (url, init = {}) => {
    if (new URL(url).origin !== new URL(hub).origin) throw new StudioError('model-fetch-failed', 'The hub sent us to another address, which is not followed.', { where: new URL(url).origin });
    const headers = new Headers(init.headers);
    if (token) headers.set('Authorization', `Bearer ${token}`);
    return reach(url, { ...init, headers });
  };
}

interface Listing {
  commit: string;
  files: Listed[];
}

/** What a revision holds now; without a network, what it held when it was last asked. */
async function listRepository(hub: string, { repository, revision }: RepositoryName, ask: Ask, { cache, signal }: RepositoryAccess): Promise<Listing> {
  const kept = `${folderOf(hub, repository)}/refs/${revision}.json`;
  try {
    const listing = await askListing(hub, repository, revision, ask, signal);
    const sink = await cache.append(kept, 0);
    await sink.write(new TextEncoder().encode(JSON.stringify(listing)));
    await sink.close();
    return listing;
  } catch (thrown) {
    signal?.throwIfAborted();
    const offline = !(thrown instanceof StudioError) || thrown.code === 'network-door-shut';
    if (offline && (await cache.size(kept)) > 0) return checkedListing(JSON.parse(await readText(await cache.open(kept), kept, 1 << 24)));
    if (thrown instanceof StudioError) throw thrown;
    throw new StudioError('model-fetch-failed', `${new URL(hub).host} did not answer.`, {
      kept: 'Nothing was changed.', remedy: 'Check the connection, then try again.', cause: thrown,
    });
  }
}

async function askListing(hub: string, repository: string, revision: string, ask: Ask, signal?: AbortSignal): Promise<Listing> {
  if (!mayReach(hub)) await ask(hub); // says that the door is shut
  const { HubApiError, listFiles, modelInfo } = await import('@huggingface/hub');
  const through: typeof fetch = (url, init) => ask(String(url), { ...init, signal });
  try {
    const { sha } = await modelInfo({ name: repository, revision, hubUrl: hub, fetch: through, additionalFields: ['sha'] });
    const files: Listed[] = [];
    for await (const { type, path, size, lfs } of listFiles({ repo: repository, revision: sha, hubUrl: hub, fetch: through })) {
      if (type === 'file') files.push({ path, size: lfs?.size ?? size });
      if (files.length > MOST_FILES) throw new StudioError('model-fetch-failed', `The repository has more than ${MOST_FILES} files.`);
    }
    return checkedListing({ commit: sha, files });
  } catch (thrown) {
    if (thrown instanceof HubApiError) throw failedReply(thrown.statusCode, `model ${repository} (${revision}) at ${new URL(hub).host}`);
    throw thrown;
  }
}

/** Only files whose names are plain and whose sizes can be are believed in. */
function checkedListing(json: unknown): Listing {
  const { commit, files } = json as Listing;
  if (typeof commit !== 'string' || !SEGMENT.test(commit) || !Array.isArray(files)) throw new StudioError('model-fetch-failed', 'The hub’s list of files cannot be read.');
  return {
    commit,
    files: files.filter(({ path, size }) => typeof path === 'string' && SEGMENT.test(path) && Number.isSafeInteger(size) && size >= 0 && size <= MOST_BYTES),
  };
}

/** The file that is named; else the parts of the index, model.safetensors, the only safetensors file, or the only GGUF file. */
async function weightFiles({ repository, file }: RepositoryName, files: Listed[], index: ByteSource | undefined): Promise<Listed[]> {
  const missing = (what: string, remedy: string) => new StudioError('model-missing-file', `The repository ${repository} has ${what}.`, { kept: 'Nothing was loaded.', remedy });
  const named = (path: string) => {
    const found = files.find((one) => one.path === path);
    if (!found) throw missing(`no ${path}`, 'Check the name of the file.');
    return found;
  };
  if (file) return [named(file)];
  if (index) {
    const bad = (what: string) => new StudioError('model-bad-weights', what, { where: INDEX_FILE, kept: 'Nothing was loaded.' });
    const { weight_map: map } = JSON.parse(await readText(index, INDEX_FILE, 1 << 26)) as { weight_map?: Record<string, string> };
    return shardNames(Object.values(map ?? {}), bad).map(named);
  }
  const ending = (end: string) => files.filter(({ path }) => path.endsWith(end));
  const plain = files.filter(({ path }) => path === 'model.safetensors');
  if (plain.length > 0) return plain;
  for (const end of ['.safetensors', '.gguf']) {
    const found = ending(end);
    if (found.length === 1) return found;
    if (found.length > 1) throw missing(`${found.length} ${end} files`, `Name one: hf:${repository}:${found[0].path}`);
  }
  throw missing('no weights that are read', 'Choose a repository with safetensors or GGUF files.');
}

function folderOf(hub: string, repository: string): string {
  return `${new URL(hub).host.replace(/[^A-Za-z0-9.-]/g, '-')}/${repository.replace('/', '--')}`;
}
