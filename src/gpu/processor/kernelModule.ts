/** The compiled kernels: the build with fused multiply-add where the engine takes it, the plain one elsewhere. */

/** A module that uses one relaxed instruction: whether it validates says whether there are any. */
const RELAXED_PROBE = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
);

export interface KernelModule {
  module: WebAssembly.Module;
  relaxed: boolean;
}

export function takesRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_PROBE);
}

export async function compileKernels(relaxed = takesRelaxedSimd()): Promise<KernelModule> {
  const { default: text } = relaxed ? await import('$kernels/relaxed') : await import('$kernels/plain');
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return { module: await WebAssembly.compile(bytes), relaxed };
}
