// A hub on this machine: it speaks the paths of Hugging Face's, and can be told to misbehave.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

export interface Hub {
  address: string;
  /** The paths and ranges that were asked for, in order. */
  asked: string[];
  /** Bytes after which an answer is cut off, one an answer; then none is. */
  cuts: number[];
  /** Without ranges every answer is the whole file. */
  ranges: boolean;
  /** Needed to be let in. */
  token?: string;
  /** Said to everything. */
  status?: number;
  close(): Promise<void>;
}

export async function openHub(repository: string, files: ReadonlyMap<string, Uint8Array>, sizes: Record<string, number> = {}): Promise<Hub> {
  const server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', '*').setHeader('access-control-allow-headers', '*').setHeader('access-control-expose-headers', '*');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    const { pathname } = new URL(request.url ?? '', 'http://hub');
    hub.asked.push(`${pathname}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    const json = (value: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    if (hub.status) return response.writeHead(hub.status).end('no');
    if (hub.token && request.headers.authorization !== `Bearer ${hub.token}`) return response.writeHead(request.headers.authorization ? 403 : 401).end('no');
    if (pathname === `/api/models/${repository}/revision/main`) return json({ _id: 'x', id: repository, sha: COMMIT, lastModified: '2026-01-01' });
    if (pathname.startsWith(`/api/models/${repository}/tree/${COMMIT}`)) {
      return json([...files].map(([path, bytes]) => ({ type: 'file', path, size: sizes[path] ?? bytes.length, oid: '0' })));
    }
    const bytes = files.get(pathname.replace(`/${repository}/resolve/${COMMIT}/`, ''));
    if (!bytes) return response.writeHead(404).end('no');
    const from = hub.ranges ? Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    if (from >= bytes.length && bytes.length > 0) return response.writeHead(416).end();
    response.writeHead(hub.ranges && request.headers.range ? 206 : 200, { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`, 'content-length': bytes.length - from });
    const cut = hub.cuts.shift();
    if (cut === undefined) return response.end(bytes.subarray(from));
    response.write(bytes.subarray(from, from + cut), () => setTimeout(() => response.destroy(), 200));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hub: Hub = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: [], cuts: [], ranges: true,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
  return hub;
}
