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

/** Seconds as `1:05` or `2:03:04`. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
