/** Asking the browser not to evict what is stored, and how much room there is. */

export interface StorageRoom {
  /** Bytes used and allowed, where the browser tells. */
  used?: number;
  quota?: number;
  /** The browser promised not to evict it by itself. */
  persistent: boolean;
}

/** Asks once for persistence (call it at the first save, after a person's act) and reports the room. */
export async function requestPersistence(): Promise<StorageRoom> {
  const { storage } = navigator;
  const persistent = (await storage.persisted?.()) || (await storage.persist?.()) || false;
  const estimate = await storage.estimate?.();
  return { used: estimate?.usage, quota: estimate?.quota, persistent };
}
