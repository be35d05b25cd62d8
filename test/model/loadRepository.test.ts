// @vitest-environment node
/** A student from a hub, over connections that break, to those who may and those who may not. */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetRepository, loadRepository, type RepositoryProgress } from '../../src/model/loadRepository';
import { openStudent } from '../../src/model/student';
import { paramsOf } from '../../src/model/tensorSource';
import { parseRepositoryName } from '../../src/model/repositoryName';
import { nodeFileCache } from '../../src/store/nodeFileCache';
import { tinyStudent, tinyStudentFiles } from '../train/tinyStudent';
import { COMMIT, openHub, type Hub } from './hubServer';

const NAME = 'hf:someone/tiny-model';
const REPOSITORY = 'someone/tiny-model';
let folder: string;
let hub: Hub;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stat-hub-'));
});
afterEach(async () => {
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

const load = (more: object = {}, name = NAME) => loadRepository(name, { cache: nodeFileCache(folder), hub: hub.address, ...more });
const weightRequests = () => hub.asked.filter((path) => path.includes('model.safetensors')).map((path) => path.split(' ')[1]);

describe('a repository', () => {
  it('comes as the student it is, with progress, and is not fetched twice', async () => {
    hub = await openHub(REPOSITORY, new Map([...tinyStudentFiles(), ['README.md', new Uint8Array(9)], ['onnx/model.onnx', new Uint8Array(9)]]));
    const told: RepositoryProgress[] = [];
    const student = await openStudent('tiny', await load({ onProgress: (progress: RepositoryProgress) => told.push(progress) }));
    expect([...(await paramsOf(student.params))]).toEqual([...(await paramsOf((await tinyStudent()).params))]);
    expect(told.at(-1)).toMatchObject({ done: told[0].total });
    expect(hub.asked.some((path) => /README|onnx/.test(path))).toBe(false);
    const before = hub.asked.length;
    await load();
    expect(hub.asked.slice(before).filter((path) => path.includes('/resolve/'))).toEqual([]);
  });

  it('goes on where the connection broke, again and again', async () => {
    const files = tinyStudentFiles();
    const size = files.get('model.safetensors')?.length as number;
    hub = await openHub(REPOSITORY, new Map([['model.safetensors', files.get('model.safetensors') as Uint8Array]]));
    hub.cuts = [5000, 3000];
    const sources = await load();
    expect(weightRequests()).toEqual(['bytes=0-', 'bytes=5000-', 'bytes=8000-']);
    expect(await sources.get('model.safetensors')?.read(0, size)).toEqual(files.get('model.safetensors'));
  });

  it('begins again where the server knows no ranges', async () => {
    hub = await openHub(REPOSITORY, new Map([['model.safetensors', tinyStudentFiles().get('model.safetensors') as Uint8Array]]));
    hub.ranges = false;
    hub.cuts = [5000];
    const source = (await load()).get('model.safetensors');
    expect(await source?.read(0, source.size)).toEqual(tinyStudentFiles().get('model.safetensors'));
  });

  it('gives up on a connection that brings nothing, keeps what came, and goes on from it later', { timeout: 30_000 }, async () => {
    hub = await openHub(REPOSITORY, new Map([['model.safetensors', tinyStudentFiles().get('model.safetensors') as Uint8Array]]));
    hub.cuts = [4000, 0, 0, 0, 0];
    await expect(load()).rejects.toMatchObject({ code: 'model-fetch-failed', kept: 'What has come is kept.' });
    hub.asked = [];
    hub.cuts = [];
    await load();
    expect(weightRequests()).toEqual(['bytes=4000-']);
  });

  it('stops when it is told to', async () => {
    hub = await openHub(REPOSITORY, tinyStudentFiles());
    const stop = new AbortController();
    await expect(load({ signal: stop.signal, onProgress: () => stop.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('can be read without a network once it is here, and forgotten', async () => {
    hub = await openHub(REPOSITORY, tinyStudentFiles());
    await load();
    await hub.close();
    expect([...(await load()).keys()]).toContain('model.safetensors');
    await forgetRepository(NAME, { cache: nodeFileCache(folder), hub: hub.address });
    await expect(load()).rejects.toMatchObject({ code: 'model-fetch-failed', message: expect.stringContaining('did not answer') });
  });

  it('is fetched in its parts, and one GGUF file of several when it is named', async () => {
    const files = tinyStudentFiles();
    const whole = files.get('model.safetensors') as Uint8Array;
    files.delete('model.safetensors');
    files.set('model-00001-of-00001.safetensors', whole).set('a.gguf', new Uint8Array(40)).set('b.gguf', new Uint8Array(50));
    files.set('model.safetensors.index.json', new TextEncoder().encode(JSON.stringify({ weight_map: { 'model.norm.weight': 'model-00001-of-00001.safetensors' } })));
    hub = await openHub(REPOSITORY, files);
    expect((await openStudent('tiny', await load())).params.size).toBeGreaterThan(10);
    expect([...(await load({}, `${NAME}:b.gguf`)).keys()]).toEqual(['b.gguf']);
    expect([...(await load({}, `${hub.address}/${REPOSITORY}/blob/main/a.gguf`)).keys()]).toEqual(['a.gguf']);
  });
});

describe('a repository that cannot be had', () => {
  it('is told by what the hub says', async () => {
    hub = await openHub(REPOSITORY, tinyStudentFiles());
    hub.token = 'hf_right';
    await expect(load()).rejects.toMatchObject({ code: 'model-needs-token' });
    await expect(load({ token: 'hf_wrong' })).rejects.toMatchObject({ code: 'model-gated' });
    expect([...(await load({ token: 'hf_right' })).keys()]).toContain('config.json');
    await expect(load({ token: 'hf_right' }, 'hf:someone/else')).rejects.toMatchObject({ code: 'model-not-found' });
    hub.status = 429;
    await expect(load({ token: 'hf_right' }, 'hf:someone/third')).rejects.toMatchObject({ code: 'model-fetch-failed', message: expect.stringContaining('wait') });
  });

  it('is refused where the server sends a pointer in place of the file, and nothing of it is taken for weights', async () => {
    const pointer = new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 17376\n');
    hub = await openHub(REPOSITORY, tinyStudentFiles().set('model.safetensors', pointer));
    await expect(openStudent('tiny', await load())).rejects.toMatchObject({ code: 'model-bad-weights', message: expect.stringContaining('Git LFS pointer') });
  });

  it('is refused where the server sends more than it lists', async () => {
    hub = await openHub(REPOSITORY, tinyStudentFiles(), { 'model.safetensors': 100 });
    hub.ranges = false;
    await expect(load()).rejects.toMatchObject({ code: 'model-fetch-failed', message: expect.stringContaining('more of model.safetensors') });
  });

  it('cannot put a file outside its folder', async () => {
    hub = await openHub(REPOSITORY, tinyStudentFiles().set('../../outside.json', new Uint8Array(3)).set('..', new Uint8Array(3)));
    await load();
    expect(readdirSync(folder)).toEqual([new URL(hub.address).host.replace(':', '-')]);
    expect(readdirSync(join(folder, readdirSync(folder)[0], 'someone--tiny-model')).sort()).toEqual([COMMIT, 'refs']);
  });
});

it.each([
  ['hf:a/b', { repository: 'a/b', revision: 'main' }],
  ['hf:a/b@v1.0:c.gguf', { repository: 'a/b', revision: 'v1.0', file: 'c.gguf' }],
  ['https://huggingface.co/a/b', { hub: 'https://huggingface.co', repository: 'a/b', revision: 'main' }],
  ['https://huggingface.co/a/b/resolve/x/c.gguf', { repository: 'a/b', revision: 'x', file: 'c.gguf' }],
])('%s is a name', async (text, expected) => {
  hub = await openHub(REPOSITORY, new Map());
  expect(parseRepositoryName(text)).toMatchObject(expected);
});

it.each(['hf:a', 'hf:../..', 'hf:a/../b', 'https://huggingface.co/a', 'hf:a/b@../x', 'hf:a/b:../../x', 'https://huggingface.co/spaces/a/b'])('%s is none', async (text) => {
  hub = await openHub(REPOSITORY, new Map());
  expect(() => parseRepositoryName(text)).toThrow(/not the name of a model repository/);
});
