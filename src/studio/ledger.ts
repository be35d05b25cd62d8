/** The ledger of calls in the store: one for all projects, so that no project pays for what another has an answer to. */
import type { StudioStore } from '../store/types';
import { Ledger } from '../teacher/ledger/ledger';

export function storedLedger(store: StudioStore): Ledger {
  return new Ledger({
    get: (key) => store.get('calls', key),
    put: (entries) => store.put('calls', entries),
    all: () => store.all('calls'),
  });
}
