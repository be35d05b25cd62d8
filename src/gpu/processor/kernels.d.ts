/** The kernels as base64 text, compiled from kernels/ by scripts/kernels.mjs. */
declare module '$kernels/plain' {
  const text: string;
  export default text;
}
declare module '$kernels/relaxed' {
  const text: string;
  export default text;
}
