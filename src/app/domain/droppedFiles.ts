/** What a person dropped or chose, as the files of one folder: names without their path, and nothing from folders inside it. */

export interface NamedFile {
  name: string;
  file: File;
}

/** A file with its path in what was dropped: `folder/config.json`. */
export interface PlacedFile {
  path: string;
  file: File;
}

/**
 * @param chosen of a folder, or single.
 * @returns those at the top, by their names, and what to call them together: the folder's name, or the largest file's.
 */
export function topFiles(chosen: readonly PlacedFile[]): { title: string; files: NamedFile[] } {
  const split = chosen.map(({ path, file }) => ({ parts: path.split('/').filter(Boolean), file }));
  const depth = Math.min(...split.map(({ parts }) => parts.length));
  const top = split.filter(({ parts }) => parts.length === depth && !parts[parts.length - 1].startsWith('.'));
  const files = top.map(({ parts, file }) => ({ name: parts[parts.length - 1], file }));
  const folder = depth > 1 ? top[0]?.parts[depth - 2] : undefined;
  const [largest] = [...files].sort((a, b) => b.file.size - a.file.size);
  return { title: folder ?? largest?.name ?? '', files };
}

/** Whether these are an adapter's files, to be put on a student. */
export function isAdapter(files: readonly { name: string }[]): boolean {
  const has = (name: string) => files.some((file) => file.name === name);
  return has('adapter_config.json') && !has('config.json');
}

/** The files of an input element: with a folder chosen, their paths in it. */
export function filesOfInput(list: FileList | null): PlacedFile[] {
  return [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Most files of a dropped folder that are looked at. */
const MOST = 2000;

/** The files of a drop, those of its folders one level down included. Call it in the event itself: the browser forgets them after. */
export function filesOfDrop(transfer: DataTransfer | null): Promise<PlacedFile[]> {
  const entries = [...(transfer?.items ?? [])].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length === 0) return Promise.resolve([...(transfer?.files ?? [])].map((file) => ({ path: file.name, file })));
  return Promise.all(entries.map((entry) => filesOf(entry))).then((found) => found.flat());
}

async function filesOf(entry: FileSystemEntry): Promise<PlacedFile[]> {
  if (entry.isFile) return [{ path: entry.name, file: await fileOf(entry as FileSystemFileEntry) }];
  const inside = await entriesOf(entry as FileSystemDirectoryEntry);
  const files = inside.filter((one) => one.isFile) as FileSystemFileEntry[];
  return Promise.all(files.map(async (one) => ({ path: `${entry.name}/${one.name}`, file: await fileOf(one) })));
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader gives a part at a time, and an empty one at the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    all.push(...part);
    if (part.length === 0 || all.length > MOST) return all;
  }
}
