/** A thread's side of the kernels. Self-contained, since Node's threads are given its source. */

export interface ThreadStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** 0 is the thread that starts programs; the others are counted from 1. */
  thread: number;
}

/** What a module of `kernels/` exports besides its kernels. */
export interface KernelExports {
  table: WebAssembly.Table;
  /** Runs the program at `records` to its end. */
  run(records: number): void;
  /** Takes part in every program from now on; never returns. */
  serve(thread: number): void;
}

/** The kernels on this thread, each in the table at a place that is the same on all threads: that of its name in `names`. */
export function startKernels({ module, memory }: ThreadStart): { exports: KernelExports; names: string[] } {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const names = Object.keys(exports).filter((name) => typeof exports[name] === 'function').sort();
  const table = exports.table as WebAssembly.Table;
  const first = table.grow(names.length);
  names.forEach((name, i) => table.set(first + i, exports[name]));
  return { exports: exports as unknown as KernelExports, names: [...Array<string>(first).fill(''), ...names] };
}
