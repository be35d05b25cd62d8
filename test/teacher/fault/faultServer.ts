// An OpenAI-compatible server on loopback that fails in every way a server can, by a seeded plan, and counts what it was paid for.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Random } from '../../../src/core/random';

export const FAULTS = ['quota429', 'bare429', 'error500', 'cutBefore', 'cutInside', 'drip', 'garbage', 'offList', 'notJson', 'truncated'] as const;
export type Fault = (typeof FAULTS)[number] | 'none';

/** Shares of tries, in percent; the rest is answered well. */
const MIX: Record<(typeof FAULTS)[number], number> = {
  quota429: 6, bare429: 4, error500: 6, cutBefore: 3, cutInside: 3, drip: 1, garbage: 1, offList: 4, notJson: 3, truncated: 1,
};

interface Asked {
  tries: number;
  /** Whole replies handed to the network, with good or bad content. */
  answers: number;
  /** Replies that were worked out, and so paid for, but cut, dripped away or garbled. */
  cut: number;
}

export interface FaultServer {
  url: string;
  asked: Map<string, Asked>;
  faults: Map<Fault, number>;
  requests: number;
  close(): Promise<void>;
}

/** @param milliseconds how long a reply takes. @param mix false: no faults. */
export async function faultServer(seed: number, skills: string[], { milliseconds = 0, mix = true } = {}): Promise<FaultServer> {
  const asked = new Map<string, Asked>();
  const faults = new Map<Fault, number>();
  const server = createServer((request, response) => void answer(request, response));
  // Thousands of connections come and are cut.
  server.maxConnections = 1000;
  const state: FaultServer = {
    url: '', asked, faults, requests: 0,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const piece of request) body += String(piece);
    state.requests++;
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
    const known = asked.get(hash) ?? { tries: 0, answers: 0, cut: 0 };
    asked.set(hash, known);
    // Some rows never get an answer, whatever is tried.
    const doomed = mix && new Random(seed, 'doomed', hash).float() < 0.003;
    const fault = doomed ? 'error500' : mix ? drawn(new Random(seed, hash, known.tries)) : 'none';
    known.tries++;
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    response.on('error', () => {});
    const send = (status: number, text: string, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(text);
    };
    switch (fault) {
      case 'quota429': return send(429, '{"error":{"message":"slow down"}}', { 'retry-after-ms': '3' });
      case 'bare429': return send(429, '{"error":{"message":"slow down"}}');
      case 'error500': return send(500, '<html>oops</html>');
      case 'cutBefore': return void response.destroy();
      case 'cutInside':
      case 'drip': {
        known.cut++;
        const text = completion(hash, '{"reason":"x","skills":["add"]}', 'stop');
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length) });
        response.write(text.slice(0, 40));
        if (fault === 'cutInside') return void setImmediate(() => response.destroy());
        for (let at = 40; at < text.length - 1 && !response.destroyed; at++) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          response.write(text[at]);
        }
        return void response.destroy();
      }
      case 'garbage':
        known.cut++;
        return send(200, '{"choices": [[[ \u0000');
      default:
        known.answers++;
        return send(200, completion(hash, contentOf(fault, hash), fault === 'truncated' ? 'length' : 'stop'));
    }
  }

  function contentOf(fault: Fault, hash: string): string {
    if (fault === 'offList') return '{"reason":"<img src=x onerror=alert(1)>","skills":["no such skill"]}';
    if (fault === 'notJson') return 'Sure! Here are the skills you asked for.';
    if (fault === 'truncated') return '{"reason":"it was about to';
    return JSON.stringify({ reason: 'as it is', skills: [skills[parseInt(hash.slice(0, 6), 16) % skills.length]] });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return state;
}

function drawn(random: Random): Fault {
  let at = 100 * random.float();
  for (const fault of FAULTS) if ((at -= MIX[fault]) < 0) return fault;
  return 'none';
}

/** The model's name says which request was answered, so that the ledger can be held against this server's own count. */
function completion(hash: string, content: string, finish: string): string {
  return JSON.stringify({
    model: `fault-${hash}`, choices: [{ message: { role: 'assistant', content }, finish_reason: finish }], usage: { prompt_tokens: 100, completion_tokens: 20 },
  });
}
