/** The students that can be named: shipped ones, repositories of a hub, and what a person brought. Each is opened once and kept open. */
import { now } from '../core/clock';
import { StudioError } from '../core/errors';
import { readText, type SourceFiles } from '../model/byteSource';
import type { FileCache } from '../model/fileCache';
import { factsOf, type StudentFacts } from '../model/loadCard';
import { forgetRepository, loadRepository } from '../model/loadRepository';
import { studentFiles } from '../model/modelFile';
import { bytesOf } from '../model/numberFormats';
import { readAdapter } from '../model/peft';
import { isRepositoryName, parseRepositoryName } from '../model/repositoryName';
import { openStudent } from '../model/student';
import { eachPiece } from '../model/tensorSource';
import type { Student } from '../model/types';
import type { StudentRow, StudioStore } from '../store/types';
import { checkBounds, keepFiles, keptFiles, keyOfFiles } from './keptFiles';

const OWN = '@own/';
const ADAPTERS = '@adapters/';
/** Names the folder that is being copied, while it is. */
const COPYING = '@copying';
const LOCK = 'stat-studio:shelf';

export interface ShelfSurroundings {
  cache: FileCache;
  store: StudioStore;
  /** A student under `public/`, by its folder. */
  fetchShipped(folder: string): Promise<Student>;
  /** Runs `work` unless another tab does something under this name; tells whether it ran. */
  exclusively(name: string, work: () => Promise<void>): Promise<boolean>;
  /** Bytes that are here of how many, of the student called `name`. */
  onLoading(name: string, file: string, done: number, total: number): void;
}

export class StudentShelf {
  /** Opens gated repositories; in memory only. */
  token?: string;
  private readonly opened = new Map<string, Promise<Student>>();
  private readonly underWay = new Map<string, AbortController>();

  constructor(private readonly around: ShelfSurroundings) {}

  /** A student as a project names it. @throws StudioError `studio-no-student`, and whatever is wrong with its files. */
  load(name: string): Promise<Student> {
    const known = this.opened.get(name);
    if (known) return known;
    const student = this.open(name);
    student.catch(() => this.opened.delete(name));
    this.opened.set(name, student);
    return student;
  }

  async facts(name: string): Promise<StudentFacts> {
    return factsOf(await this.load(name));
  }

  /**
   * Checks files a person brought, to their last number, and keeps a copy. With `on` they are an adapter for that student.
   * @param title to call it by; also what `stop` and the progress name it by meanwhile.
   * @returns the name a project gives it.
   * @throws StudioError naming what is wrong with the files; the signal's reason when it is stopped. Nothing is kept then.
   */
  keep(title: string, files: SourceFiles, on?: string): Promise<string> {
    return this.stoppable(title, async (signal) => {
      checkBounds(files);
      const { id, row, needed } = on === undefined ? await this.checkStudent(title, files, signal) : await this.checkAdapter(title, files, on);
      const folder = on === undefined ? id : `${ADAPTERS}${id.slice(id.lastIndexOf('#') + 1)}`;
      await this.copy(folder, needed, (file, done) => this.around.onLoading(title, file, done, row.bytes), signal);
      await this.around.store.put('students', [row]);
      this.opened.delete(id);
      await this.load(id);
      return id;
    });
  }

  /** Stops the fetching or copying of the student called `name`. What came of a repository is kept, to be gone on with. */
  stop(name: string): void {
    this.underWay.get(name)?.abort();
  }

  /** Removes a student's files, and the adapters that were put on it. */
  async forget(name: string): Promise<void> {
    const { store, cache } = this.around;
    const gone = (await store.all('students')).filter(({ id }) => id === name || id.startsWith(`${name}#`));
    for (const { id, kind } of gone) {
      if (kind === 'adapter') await cache.remove(`${ADAPTERS}${id.slice(id.lastIndexOf('#') + 1)}`);
      else if (kind === 'repository') await forgetRepository(id, { cache });
      else await cache.remove(id);
      this.opened.delete(id);
    }
    await store.remove('students', gone.map(({ id }) => id));
  }

  /** Removes what a tab that was closed in the middle of a copy left behind. */
  async sweep(): Promise<void> {
    const { cache, exclusively } = this.around;
    await exclusively(LOCK, async () => {
      if ((await cache.size(COPYING)) === 0) return;
      const folder = await readText(await cache.open(COPYING), COPYING, 1 << 10);
      if (folder.startsWith('@') && !(await keptFiles(folder, cache))) await cache.remove(folder);
      await cache.remove(COPYING);
    });
  }

  private async copy(folder: string, files: SourceFiles, onFile: (file: string, done: number) => void, signal: AbortSignal): Promise<void> {
    const { cache, exclusively } = this.around;
    if (await keptFiles(folder, cache)) return;
    const free = await exclusively(LOCK, async () => {
      const note = await cache.append(COPYING, 0);
      await note.write(new TextEncoder().encode(folder));
      await note.close();
      try {
        await keepFiles(folder, files, cache, onFile, signal);
      } finally {
        await cache.remove(COPYING);
      }
    });
    if (free) return;
    throw new StudioError('studio-other-tab', 'Another tab is keeping a student.', { kept: 'Nothing was kept.', remedy: 'Try again when it is done.' });
  }

  private async open(name: string): Promise<Student> {
    const { cache, store, fetchShipped } = this.around;
    const at = name.lastIndexOf('#');
    if (at > 0) {
      const base = await this.load(name.slice(0, at));
      const files = await keptFiles(`${ADAPTERS}${name.slice(at + 1)}`, cache);
      if (!files) throw gone(name);
      return { ...base, name: (await store.get('students', name))?.title ?? name, adapter: await readAdapter(files, base.config) };
    }
    if (name.startsWith('students/')) return fetchShipped(name);
    if (isRepositoryName(name)) return this.stoppable(name, (signal) => this.fetch(name, signal));
    const files = name.startsWith(OWN) ? await keptFiles(name, cache) : undefined;
    if (!files) throw gone(name);
    return openStudent((await store.get('students', name))?.title ?? name, files);
  }

  private async fetch(name: string, signal: AbortSignal): Promise<Student> {
    const { cache, store, onLoading } = this.around;
    const files = await loadRepository(name, {
      cache, signal, token: this.token, onProgress: ({ file, done, total }) => onLoading(name, file, done, total),
    });
    const student = await openStudent(parseRepositoryName(name).repository, files);
    const known = await store.get('students', name);
    await store.put('students', [rowOf(student, name, student.name, 'repository', files, known?.addedAt)]);
    return student;
  }

  private async checkStudent(title: string, files: SourceFiles, signal: AbortSignal): Promise<Checked> {
    const needed = studentFiles(files);
    const student = await openStudent(title, needed.size > 0 ? needed : files);
    const id = `${OWN}${await keyOfFiles(needed)}`;
    const tensors = [...student.params.values()];
    const sizes = tensors.map(({ format, shape }) => bytesOf(format, shape.reduce((a, b) => a * b, 1)));
    const total = sizes.reduce((a, b) => a + b, 0);
    let done = 0;
    for (const [i, tensor] of tensors.entries()) {
      signal.throwIfAborted();
      await eachPiece(tensor, () => {});
      this.around.onLoading(title, 'its numbers', (done += sizes[i]), total);
    }
    return { id, needed, row: rowOf(student, id, title, 'files', needed) };
  }

  private async checkAdapter(title: string, files: SourceFiles, on: string): Promise<Checked> {
    const base = await this.load(on);
    if (base.adapter) {
      throw new StudioError('adapter-on-adapter', 'There is an adapter on this student already.', {
        kept: 'Nothing was kept.', remedy: 'Choose the student itself, and put this adapter on it.',
      });
    }
    const adapter = await readAdapter(files, base.config);
    const needed = new Map([...files].filter(([name]) => /^adapter_(config\.json|model\.safetensors)$|^run\.json$/.test(name)));
    const id = `${on}#${await keyOfFiles(needed)}`;
    return { id, needed, row: rowOf({ ...base, adapter }, id, `${base.name} + ${title}`, 'adapter', needed) };
  }

  private async stoppable<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    this.underWay.set(name, stop);
    try {
      return await work(stop.signal);
    } finally {
      if (this.underWay.get(name) === stop) this.underWay.delete(name);
    }
  }
}

interface Checked {
  id: string;
  row: StudentRow;
  needed: SourceFiles;
}

function rowOf(student: Student, id: string, title: string, kind: StudentRow['kind'], files: SourceFiles, addedAt = now()): StudentRow {
  const bytes = [...files.values()].reduce((sum, { size }) => sum + size, 0);
  return { id, title, kind, bytes, parameters: factsOf(student).parameters, addedAt };
}

function gone(name: string): StudioError {
  return new StudioError('studio-no-student', 'The files of this student are not in this browser.', {
    where: name, remedy: 'Bring the same files again, or choose another student.',
  });
}
