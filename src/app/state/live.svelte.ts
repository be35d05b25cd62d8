/**
 * A stored query as reactive state. `done` is apart from `value`, because a record that does not exist
 * is an answer too: waiting for a value would then show "loading" for ever.
 */
import { errorRecord, type ErrorRecord } from '../../core/errors';
import { watch } from '../../store/live';

export class Live<T> {
  value = $state.raw<T>();
  done = $state(false);
  error = $state.raw<ErrorRecord>();

  /**
   * `make` runs inside an effect and returns the query: read reactive inputs in `make`, not in the query,
   * which runs later and untracked. Create it while a component starts.
   */
  constructor(make: () => () => Promise<T>) {
    $effect(() => {
      const query = make();
      this.done = false;
      return watch(
        query,
        (value) => {
          this.value = value;
          this.done = true;
          this.error = undefined;
        },
        (thrown) => {
          this.error = errorRecord(thrown);
          this.done = true;
        },
      );
    });
  }
}

/** The same for something that is computed once for its inputs and does not change under them. */
export class Loaded<T> {
  value = $state.raw<T>();
  done = $state(false);
  error = $state.raw<ErrorRecord>();

  constructor(make: () => Promise<T> | undefined) {
    $effect(() => {
      let open = true;
      const promise = make();
      this.done = false;
      this.error = undefined;
      promise?.then(
        (value) => {
          if (!open) return;
          this.value = value;
          this.done = true;
        },
        (thrown) => {
          if (!open) return;
          this.error = errorRecord(thrown);
          this.done = true;
        },
      );
      return () => (open = false);
    });
  }
}
