// A Python with the packages that other tools are made of: named by STAT_PYTHON, else python3.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The Python that is asked. */
export const python = process.env.STAT_PYTHON ?? 'python3';

/** Whether the Python there is can import these. */
export function pythonHas(...packages: string[]): boolean {
  try {
    execFileSync(python, ['-c', packages.map((name) => `import ${name}`).join('\n')], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What a script of this folder prints, as JSON; `input` is given to it as JSON. */
export function runPython<T>(script: string, input: unknown): T {
  const output = execFileSync(python, [join(import.meta.dirname, script)], { input: JSON.stringify(input), maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'ignore'] });
  return JSON.parse(output.toString()) as T;
}
