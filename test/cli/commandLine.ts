// Runs the command line as a person does.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../scripts/environment.mjs';

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** `stop` is sent once stderr says what it waits for. */
export function stat(args: string[], stop?: { after: RegExp; signal: NodeJS.Signals }): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, 'scripts/stat.mjs'), ...args], { env: { ...process.env, NODE_ENV: '', VITEST: '' } });
  let stdout = '';
  let stderr = '';
  let stopped = false;
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
    if (stop && !stopped && stop.after.test(stderr)) stopped = child.kill(stop.signal);
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
}

/** The one document on stdout. */
export function document({ stdout }: Ended): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}
