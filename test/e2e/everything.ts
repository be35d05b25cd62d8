/** A search through all that a page keeps: both storages, its address and cookies, every table, every private file. */
import type { Page } from 'playwright';

/** Where `text` stands, in UTF-8 or UTF-16; tables and files by name. */
export function whereKept(page: Page, text: string): Promise<string[]> {
  return page.evaluate(async (wanted) => {
    const found: string[] = [];
    const look = (where: string, value: unknown) => {
      if ((typeof value === 'string' ? value : JSON.stringify(value)).includes(wanted)) found.push(where);
    };
    look('localStorage', { ...localStorage });
    look('sessionStorage', { ...sessionStorage });
    look('address', location.href);
    look('cookie', document.cookie);
    look('page', document.documentElement.outerHTML);
    for (const { name = '' } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>((resolve, reject) => {
        const open = indexedDB.open(name);
        open.onsuccess = () => resolve(open.result);
        open.onerror = () => reject(open.error);
      });
      for (const table of db.objectStoreNames) {
        const all = await new Promise<unknown[]>((resolve) => {
          const read = db.transaction(table).objectStore(table).getAll();
          read.onsuccess = () => resolve(read.result);
        });
        look(`${name}/${table}`, all);
      }
      db.close();
    }
    for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) look(`cache ${name}`, url);
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [entry, handle] of folder.entries()) {
        const at = `${path}/${entry}`;
        if (handle.kind === 'directory') await walk(handle as FileSystemDirectoryHandle, at);
        else {
          const bytes = await (await (handle as FileSystemFileHandle).getFile()).arrayBuffer();
          for (const encoding of ['latin1', 'utf-16le']) look(at, new TextDecoder(encoding).decode(bytes));
          look(at, at);
        }
      }
    };
    await walk(await navigator.storage.getDirectory(), 'files');
    return found;
  }, text);
}
