/** The door, shut: this machine and the page's own files, nothing else, and no redirect out of it. */
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { isLoopback, mayReach, reach, setDoor } from '../../src/core/networkDoor';

const servers: Server[] = [];

async function serving(answer: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(answer as never);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

afterEach(() => {
  setDoor('open');
  for (const server of servers.splice(0)) server.close();
});

describe('the network door', () => {
  it('lets everything through while open', () => {
    expect(mayReach('https://example.org/v1', 'POST')).toBe(true);
  });

  it('when shut, lets through this machine and reading from where the page came from', () => {
    setDoor('this-machine', 'https://studio.example/app/');
    expect(mayReach('http://localhost:8080/v1', 'POST')).toBe(true);
    expect(mayReach('https://studio.example/students/a/config.json')).toBe(true);
    expect(mayReach('./students/a/config.json')).toBe(true);
    expect(mayReach('https://studio.example/collect', 'POST')).toBe(false);
    expect(mayReach('https://example.org/', 'GET')).toBe(false);
    expect(mayReach('http://192.168.1.5:8080/v1', 'POST')).toBe(false);
  });

  it.each([
    ['localhost', true], ['a.localhost', true], ['127.0.0.1', true], ['127.9.9.9', true], ['[::1]', true],
    ['127.0.0.1.example.org', false], ['localhost.example.org', false], ['10.0.0.1', false], ['0.0.0.0', false],
  ])('%s is this machine: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });

  it('refuses by name, having asked nobody', async () => {
    setDoor('this-machine');
    await expect(reach('https://example.org/', { method: 'POST', body: 'rows' })).rejects.toMatchObject({ code: 'network-door-shut' });
  });

  it('follows no redirect out of this machine when shut', async () => {
    let arrived = 0;
    const elsewhere = await serving((_, reply) => void (arrived++, reply.end('got it')));
    const port = await serving((_, reply) => void reply.writeHead(307, { location: `http://localhost:${elsewhere}/` }).end());
    setDoor('this-machine');
    await expect(reach(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'rows' })).rejects.toThrow();
    expect(arrived).toBe(0);
  });
});
