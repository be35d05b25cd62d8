/** The kernels of the processor, in AssemblyScript. Every export but `run` and `serve` is a kernel: (arguments, unit, private scratch). */
export { run, serve } from './scheduler';
export { packColumns, packHeads, packRows, packTokens } from './pack';
export { embedPacked, unpack } from './packed';
export { matmul, matmulFewRows } from './matmul';
export { adamw8 } from './adamw8';
export { activation, activationBackward, adamw, add, dropout, softCap } from './elementwise';
export { layernorm, layernormBackward, rmsnorm, rmsnormBackward } from './norms';
export { crossEntropy, rope, split, splitBackward } from './rows';
export { columnSum, embed, embedBackward, record, sumProducts } from './sums';
export { attention, attentionBackwardKey, attentionBackwardQuery, attentionDelta } from './attention';
export { cacheAttention, cacheWrite, sample } from './cache';
