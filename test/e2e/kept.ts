/** Everything a project left in a browser that its seed decides: rows without ids and times, files by their hash. */
import type { Page } from 'playwright';

export interface Kept {
  rows: Record<string, unknown>;
  /** `run/file: SHA-256`, sorted. */
  weights: string[];
}

/** Reads IndexedDB and the private files as any script of the page could. */
export function keptOf(page: Page, projectId: string): Promise<Kept> {
  return page.evaluate(async (id) => {
    const times = new Set(['createdAt', 'startedAt', 'finishedAt', 'msPerStep', 'held', 'key']);
    const plain = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value, (name, inner: unknown) => (times.has(name) ? undefined : inner)).replaceAll(id, 'PROJECT'));
    const [{ name }] = (await indexedDB.databases()).filter((one) => one.name?.startsWith('stat-studio'));
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name ?? '');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const all = (table: string): Promise<Record<string, unknown>[]> => new Promise((resolve, reject) => {
      const request = db.transaction(table).objectStore(table).getAll();
      request.onsuccess = () => resolve(request.result as Record<string, unknown>[]);
      request.onerror = () => reject(request.error);
    });
    const rows: Record<string, unknown> = {};
    for (const table of ['skills', 'labels', 'responses', 'profiles', 'trainingSets', 'runs']) {
      rows[table] = plain((await all(table)).filter((row) => JSON.stringify(row).includes(id)));
    }
    // Slices of the log depend on where it was cut; the steps in them do not.
    const slices = (await all('metrics')).filter((row) => row.projectId === id) as { runId: string; steps: object[] }[];
    rows.metrics = plain(slices.flatMap(({ runId, steps }) => steps.map((step) => ({ runId, ...step }))));
    db.close();
    const weights: string[] = [];
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [entry, handle] of folder.entries()) {
        const at = `${path}/${entry}`;
        if (handle.kind === 'directory') await walk(handle as FileSystemDirectoryHandle, at);
        else if (at.includes(id)) {
          const bytes = await (await (handle as FileSystemFileHandle).getFile()).arrayBuffer();
          const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
          weights.push(`${at.replaceAll(id, 'PROJECT').replace(/~\d+$/, '')}: ${[...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`);
        }
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    return { rows, weights: weights.sort() };
  }, projectId);
}
