/** Fetches a student's folder. */
import { StudioError } from '../core/errors';
import { reach } from '../core/networkDoor';
import { memorySources } from './byteSource';
import { openStudent } from './student';
import type { Student } from './types';

const FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors', 'manifest.json'];
const OPTIONAL = new Set(['tokenizer_config.json', 'manifest.json']);

/**
 * @param baseUrl the folder's address, without a closing slash.
 * @throws StudioError `model-fetch-failed`, or whatever is wrong with the files.
 */
export async function fetchStudent(baseUrl: string): Promise<Student> {
  const files = new Map<string, Uint8Array>();
  await Promise.all(
    FILES.map(async (file) => {
      const reply = await reach(`${baseUrl}/${file}`).catch((cause: unknown) => failed(file, 'the server did not answer', cause));
      const isPage = reply.headers.get('content-type')?.startsWith('text/html');
      if (reply.ok && !isPage) files.set(file, new Uint8Array(await reply.arrayBuffer()));
      else if (!OPTIONAL.has(file)) failed(file, isPage ? 'there is no such file' : `the server said ${reply.status}`);
    }),
  );
  return openStudent(baseUrl.split('/').pop() ?? baseUrl, memorySources(files));
}

function failed(file: string, why: string, cause?: unknown): never {
  throw new StudioError('model-fetch-failed', `The student's ${file} could not be fetched: ${why}.`, {
    kept: 'Nothing was changed.', remedy: 'Check the address and the connection, then try again.', cause,
  });
}
