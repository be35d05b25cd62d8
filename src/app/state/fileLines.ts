/** The lines of a file a person chose, read piece by piece: it may be larger than memory. */

/** Of a longer line so much comes back, which no reader takes for whole. */
const LONGEST = 4_000_000;

/** Without their ends. */
export async function* linesOf(file: Blob): AsyncGenerator<string> {
  const reader = file.stream().pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>).getReader();
  let rest = '';
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    const lines = (rest + piece.value).split('\n');
    rest = (lines.pop() ?? '').slice(0, LONGEST);
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}
