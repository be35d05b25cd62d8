// What every keeper must do, whichever it is. Plain checks that throw, so that the same file runs in Node and in a browser page.
import type { ResponseRow, StudioStore } from '../../src/store/types';

export interface Keeper {
  store: StudioStore;
  /** Opens the same store again, as a new tab or process would. */
  reopen(): Promise<StudioStore>;
}

function row(projectId: string, runId: string, questionId: string, text = 'x'): ResponseRow {
  return { key: `${projectId}/${runId}/test/${questionId}`, projectId, runId, set: 'test', questionId, text, correct: true, rule: 'exact' };
}

function same(found: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: found ${a}, expected ${b}`);
}

async function refused(action: Promise<unknown>, what: string): Promise<void> {
  const code = await action.then(() => 'nothing thrown', (thrown: { code?: string }) => thrown.code);
  same(code, 'store-bad-path', what);
}

export const CHECKS: Record<string, (keeper: Keeper) => Promise<void>> = {
  async 'a missing row and a missing file are undefined'({ store }) {
    same((await store.get('projects', 'none')) === undefined, true, 'get');
    same((await store.readBlob('none/here')) === undefined, true, 'readBlob');
    same(await store.where('runs', 'projectId', 'none'), [], 'where');
    await store.removeBlob('none/here');
    await store.remove('runs', ['none']);
  },

  async 'rows come back by key and by index, in key order, the last put winning'({ store, reopen }) {
    await store.put('responses', [row('p', 'b', '2'), row('p', 'a', '10'), row('q', 'a', '1')]);
    await store.put('responses', [row('p', 'a', '10', 'again')]);
    const expected = [row('p', 'a', '10', 'again'), row('p', 'b', '2')];
    for (const each of [store, await reopen()]) {
      same(await each.where('responses', 'projectId', 'p'), expected, 'where projectId');
      same(await each.where('responses', 'runId', 'a'), [expected[0], row('q', 'a', '1')], 'where runId');
      same(await each.get('responses', 'p/a/test/10'), expected[0], 'get');
      same((await each.all('responses')).length, 3, 'all');
    }
  },

  async 'removed rows stay away after reopening'({ store, reopen }) {
    await store.put('responses', [row('p', 'a', '1'), row('p', 'a', '2')]);
    await store.remove('responses', ['p/a/test/1']);
    for (const each of [store, await reopen()]) same(await each.all('responses'), [row('p', 'a', '2')], 'all');
  },

  async 'a row changed by its owner after put does not change in the store'({ store }) {
    const mine = row('p', 'a', '1');
    await store.put('responses', [mine]);
    mine.text = 'changed';
    same((await store.get('responses', mine.key))?.text, 'x', 'text');
  },

  async 'a file is replaced whole, listed by prefix and removed'({ store, reopen }) {
    const long = Uint8Array.from({ length: 70_001 }, (_, i) => i * 7);
    await store.writeBlob('p/run@1e-3/checkpoint', long);
    await store.writeBlob('p/run@1e-3/checkpoint', long.subarray(1));
    await store.writeBlob('q/empty', new Uint8Array());
    for (const each of [store, await reopen()]) {
      same(await each.listBlobs(''), ['p/run@1e-3/checkpoint', 'q/empty'], 'listBlobs all');
      same(await each.listBlobs('p/'), ['p/run@1e-3/checkpoint'], 'listBlobs p/');
      same([...(await each.readBlob('p/run@1e-3/checkpoint') ?? [])], [...long.subarray(1)], 'bytes');
      same((await each.readBlob('q/empty'))?.length, 0, 'empty file');
    }
    await store.removeBlob('p/run@1e-3/checkpoint');
    same(await store.listBlobs(''), ['q/empty'], 'after removing');
    same((await store.readBlob('p/run@1e-3/checkpoint')) === undefined, true, 'read after removing');
  },

  async 'a path that leaves its folder is refused'({ store }) {
    for (const path of ['../x', 'a/../b', '/x', 'a//b', 'a b', 'a~1', '']) {
      await refused(store.writeBlob(path, new Uint8Array(1)), `writeBlob ${path}`);
      await refused(store.readBlob(path), `readBlob ${path}`);
    }
  },
};
