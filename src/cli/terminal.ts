/** Progress on stderr, results on stdout: with `--json` one document and nothing else. */
import { elapsed } from '../core/clock';

const QUIET_MS = 2000;

export interface Terminal {
  /** A line that stays. */
  note(line: string): void;
  /** A line that may be replaced by the next; on a pipe only one every two seconds is written. */
  progress(line: string): void;
}

export function openTerminal(stream: NodeJS.WriteStream): Terminal {
  let open = false;
  let last = -Infinity;
  const endLine = () => {
    if (open) stream.write('\n');
    open = false;
  };
  return {
    note(line) {
      endLine();
      stream.write(`${line}\n`);
    },
    progress(line) {
      if (stream.isTTY) {
        stream.write(`\r\x1b[K${line.slice(0, stream.columns - 1)}`);
        open = true;
      } else if (elapsed() - last >= QUIET_MS) {
        last = elapsed();
        stream.write(`${line}\n`);
      }
    },
  };
}
