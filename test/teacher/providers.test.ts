/** Each protocol against a loopback server that answers in the shape its makers document: what is sent, what is read, how failures are named. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { errorRecord } from '../../src/core/errors';
import { setDoor } from '../../src/core/networkDoor';
import type { ChatProvider, ChatRequest } from '../../src/teacher/chat';
import { testConnection } from '../../src/teacher/connection';
import { TeacherFailure } from '../../src/teacher/failure';
import { beginSignIn, finishSignIn } from '../../src/teacher/openRouterSignIn';
import { providerOf } from '../../src/teacher/presets';
import { failureOf } from '../../src/teacher/providers/failureOf';
import { eventsOf } from '../../src/teacher/providers/sse';

const key = 'sk-provider-test-5b1c9e0d77';
const { signal } = new AbortController();
const request: ChatRequest = {
  system: 'S', messages: [{ role: 'user', content: 'hi' }], maxTokens: 9, temperature: 0, seed: 4,
  schema: { type: 'object', properties: { maxLength: { type: 'string', maxLength: 5 } }, required: ['maxLength'], additionalProperties: false },
};

interface Seen {
  method?: string;
  url?: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}
const servers: Server[] = [];

/** A server that answers with `answer`, and what it was asked. */
async function serving(answer: (response: ServerResponse, seen: Seen, nth: number) => void): Promise<{ base: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((incoming, response) => {
    let text = '';
    incoming.on('data', (piece) => (text += String(piece))).on('end', () => {
      const { method, url, headers } = incoming;
      seen.push({ method, url, headers, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} });
      answer(response, seen[seen.length - 1], seen.length);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { base: `http://127.0.0.1:${(server.address() as { port: number }).port}/v1`, seen };
}

afterEach(() => {
  setDoor('open');
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const json = (response: ServerResponse, status: number, value: unknown) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const events = (response: ServerResponse, data: unknown[], last = '') =>
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end(data.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('') + last);
const provider = (preset: string, baseUrl: string, more = {}): ChatProvider => providerOf({ preset, baseUrl, model: 'm-1' }, { key, ...more });
const failing = async (run: Promise<unknown>): Promise<TeacherFailure> => {
  const thrown: unknown = await run.then(() => undefined, (reason: unknown) => reason);
  if (!(thrown instanceof TeacherFailure)) throw new Error(`not a failure: ${String(thrown)}`);
  expect(JSON.stringify(errorRecord(thrown))).not.toContain(key);
  return thrown;
};

const completion = { model: 'm-1-x', choices: [{ message: { content: 'hello' }, finish_reason: 'stop' }], usage: { prompt_tokens: 7, completion_tokens: 2 } };

describe('OpenAI-compatible', () => {
  it('sends one request with the key in a header and nowhere else', async () => {
    const { base, seen } = await serving((response) => json(response, 200, completion));
    expect(await provider('other', base).chat(request, { signal })).toEqual({ text: 'hello', inputTokens: 7, outputTokens: 2, finish: 'stop', model: 'm-1-x' });
    const [{ method, url, headers, body }] = seen;
    expect([method, url, headers.authorization]).toEqual(['POST', '/v1/chat/completions', `Bearer ${key}`]);
    expect(body).toMatchObject({ model: 'm-1', max_tokens: 9, temperature: 0, seed: 4, messages: [{ role: 'system', content: 'S' }, { role: 'user', content: 'hi' }] });
    expect(JSON.stringify(body) + url).not.toContain(key);
    expect(headers.referer).toBeUndefined();
  });

  it('leaves out a field the server refuses by name, and remembers it', async () => {
    const { base, seen } = await serving((response, { body }) =>
      (body.response_format ? json(response, 400, { error: { message: "'response_format' of type json_schema is not supported" } }) : json(response, 200, completion)));
    const asked = provider('other', base);
    await asked.chat(request, { signal });
    await asked.chat(request, { signal });
    expect(seen.map(({ body }) => body.response_format !== undefined)).toEqual([true, false, false]);
  });

  it('streams, with the usage that comes last', async () => {
    const piece = (content: string, finish_reason: string | null = null) => ({ model: 'm', choices: [{ delta: { content }, finish_reason }] });
    const { base } = await serving((response) => events(response, [piece('he'), piece('llo'), piece('', 'length'), { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } }, '[DONE]']));
    const heard: string[] = [];
    const reply = await provider('other', base).chat(request, { signal, onText: (text) => heard.push(text) });
    expect(heard).toEqual(['he', 'hello']);
    expect(reply).toEqual({ text: 'hello', inputTokens: 3, outputTokens: 2, finish: 'length', model: 'm' });
  });

  it('a stream without its end is cut, not short', async () => {
    const { base } = await serving((response) => events(response, [{ choices: [{ delta: { content: 'he' } }] }]));
    expect(await failing(provider('other', base).chat(request, { signal, onText: () => {} }))).toMatchObject({ code: 'teacher-cut', retryable: true });
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['a reply that is cut', (response) => { response.writeHead(200, { 'content-length': '999' }).write('{"cho'); setTimeout(() => response.destroy(), 20); }, 'teacher-cut'],
    ['a connection dropped at once', (response) => void response.destroy(), 'teacher-cut'],
    ['2 MB of reply', (response) => void response.writeHead(200).end('x'.repeat(2_000_000)), 'teacher-too-long'],
    ['a web page', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), 'teacher-not-understood'],
    ['another shape', (response) => void json(response, 200, { choices: [] }), 'teacher-not-understood'],
    ['a redirect, which would carry the key away', (response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(), 'teacher-off'],
  ])('%s is named', async (_what, answer, code) => {
    const { base } = await serving(answer);
    expect((await failing(provider('other', base).chat(request, { signal }))).code).toBe(code);
  });

  it('a slow drip ends at the time limit; an abort is the caller’s own', async () => {
    const { base } = await serving((response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    expect((await failing(provider('other', base, { timeoutMs: 200 }).chat(request, { signal }))).code).toBe('teacher-timeout');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    await expect(provider('other', base).chat(request, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('sends nothing past a shut door', async () => {
    setDoor('this-machine');
    expect((await failing(provider('openai', 'https://api.openai.com/v1').chat(request, { signal }))).code).toBe('teacher-door-shut');
  });

  it('refuses a key no header can carry, and an address that holds a password or query, without repeating them', () => {
    for (const make of [() => providerOf({ preset: 'other', baseUrl: 'http://127.0.0.1/v1', model: 'm' }, { key: `${key}\nX: y` }),
      () => provider('other', `http://me:${key}@127.0.0.1/v1`), () => provider('other', `http://127.0.0.1/v1?key=${key}`), () => provider('other', 'ftp://x')]) {
      try {
        make();
        expect.unreachable();
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(TeacherFailure);
        expect(JSON.stringify(errorRecord(thrown))).not.toContain(key);
      }
    }
  });
});

describe('Anthropic', () => {
  it('asks from a page, and reads the one tool it was made to use', async () => {
    const { base, seen } = await serving((response) => json(response, 200, {
      model: 'c', content: [{ type: 'tool_use', name: 'reply', input: { maxLength: 'x' } }], stop_reason: 'tool_use', usage: { input_tokens: 5, output_tokens: 6, cache_read_input_tokens: 2 },
    }));
    expect(await provider('anthropic', base).chat(request, { signal })).toEqual({ text: '{"maxLength":"x"}', inputTokens: 7, outputTokens: 6, finish: 'stop', model: 'c' });
    const [{ url, headers, body }] = seen;
    expect(url).toBe('/v1/messages');
    expect([headers['x-api-key'], headers['anthropic-dangerous-direct-browser-access']]).toEqual([key, 'true']);
    expect(body).toMatchObject({ system: 'S', max_tokens: 9, tool_choice: { type: 'tool', name: 'reply' } });
    // A property may be called like a bound; the bound itself goes.
    expect(body.tools).toEqual([expect.objectContaining({ input_schema: { type: 'object', properties: { maxLength: { type: 'string' } }, required: ['maxLength'], additionalProperties: false } })]);
  });

  it('streams text and JSON pieces alike', async () => {
    const { base } = await serving((response) => events(response, [
      { type: 'message_start', message: { model: 'c', usage: { input_tokens: 5 } } }, { type: 'ping' },
      { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '{"a"' } }, { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: ':1}' } },
      { type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 8 } }, { type: 'message_stop' },
    ]));
    expect(await provider('anthropic', base).chat(request, { signal, onText: () => {} })).toEqual({ text: '{"a":1}', inputTokens: 5, outputTokens: 8, finish: 'length', model: 'c' });
  });
});

describe('Gemini', () => {
  it('keeps the key out of the address, and leaves thoughts out of the text', async () => {
    const { base, seen } = await serving((response) => json(response, 200, {
      candidates: [{ content: { parts: [{ text: 'hm', thought: true }, { text: '{}' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, thoughtsTokenCount: 4 }, modelVersion: 'g',
    }));
    expect(await provider('gemini', base).chat(request, { signal })).toEqual({ text: '{}', inputTokens: 3, outputTokens: 5, finish: 'stop', model: 'g' });
    const [{ url, headers, body }] = seen;
    expect(url).toBe('/v1/models/m-1:generateContent');
    expect(headers['x-goog-api-key']).toBe(key);
    expect(JSON.stringify(body)).not.toContain('additionalProperties');
  });

  it('a blocked prompt is an empty reply, not a crash', async () => {
    const { base } = await serving((response) => json(response, 200, { promptFeedback: { blockReason: 'SAFETY' } }));
    expect(await provider('gemini', base).chat(request, { signal })).toMatchObject({ text: '', finish: 'other' });
  });
});

describe('a key that its server repeats', () => {
  it.each(['openai', 'anthropic', 'gemini'])('stands in no reply and no error of %s', async (preset) => {
    const content = `you sent ${key}, that is ${key}`;
    const replies = {
      openai: { model: `m ${key}`, choices: [{ message: { content }, finish_reason: 'stop' }] },
      anthropic: { model: `m ${key}`, content: [{ type: 'text', text: content }], stop_reason: 'end_turn', usage: { input_tokens: 1, output_tokens: 1 } },
      gemini: { modelVersion: `m ${key}`, candidates: [{ content: { parts: [{ text: content }] }, finishReason: 'STOP' }] },
    };
    const { base } = await serving((response, _, nth) => (nth === 1 ? json(response, 200, replies[preset as 'openai'])
      : json(response, 400, { error: { message: `m-1: ${key}` } })));
    const asked = provider(preset, base);
    const plain = { messages: request.messages, maxTokens: 9, temperature: 0 };
    const reply = await asked.chat(plain, { signal });
    expect(reply.text).toBe('you sent (key left out), that is (key left out)');
    expect(JSON.stringify(reply)).not.toContain(key);
    expect(JSON.stringify(errorRecord(await failing(asked.chat(plain, { signal }))))).not.toContain(key);
  });
});

describe('a refusal', () => {
  const named = (status: number, body: unknown, headers = {}) => failureOf(status, new Headers(headers), typeof body === 'string' ? body : JSON.stringify(body));
  it.each<[string, number, unknown, string]>([
    ['OpenAI, wrong key', 401, { error: { message: `Incorrect API key provided: ${key}`, code: 'invalid_api_key' } }, 'teacher-bad-key'],
    ['OpenAI, no credit', 429, { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } }, 'teacher-quota'],
    ['OpenAI, too fast', 429, { error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } }, 'teacher-rate-limit'],
    ['OpenAI, unknown model', 404, { error: { message: 'The model `x` does not exist or you do not have access to it.', code: 'model_not_found' } }, 'teacher-unknown-model'],
    ['OpenRouter, no credit', 402, { error: { message: 'Insufficient credits' } }, 'teacher-quota'],
    ['OpenRouter, unknown model', 400, { error: { message: 'x is not a valid model ID' } }, 'teacher-unknown-model'],
    ['Anthropic, no credit', 400, { error: { type: 'invalid_request_error', message: 'Your credit balance is too low' } }, 'teacher-quota'],
    ['Anthropic, unknown model', 404, { type: 'error', error: { type: 'not_found_error', message: 'model: claude-x' } }, 'teacher-unknown-model'],
    ['Anthropic, overloaded', 529, { type: 'error', error: { type: 'overloaded_error' } }, 'teacher-server'],
    ['Gemini, wrong key', 400, { error: { message: 'API key not valid. Please pass a valid API key.' } }, 'teacher-bad-key'],
    ['Gemini, unknown model', 404, { error: { message: 'models/x is not found for API version v1beta' } }, 'teacher-unknown-model'],
    ['Ollama, unknown model', 404, { error: { message: "model 'x' not found" } }, 'teacher-unknown-model'],
    ['llama.cpp, wrong key', 401, { error: { message: 'Invalid API Key', type: 'authentication_error', code: 401 } }, 'teacher-bad-key'],
    ['a web server, no such page', 404, '<html>nginx</html>', 'teacher-not-understood'],
    ['a proxy in between', 502, '<html>Bad Gateway</html>', 'teacher-server'],
    ['too much at once', 413, { error: { message: 'context length exceeded' } }, 'teacher-refused-request'],
  ])('%s', (_who, status, body, code) => {
    const failure = named(status, body);
    expect(failure.code).toBe(code);
    expect(JSON.stringify(errorRecord(failure))).not.toContain(key);
  });

  it('says how long to wait, in whichever way the server says it', () => {
    expect(named(429, '', { 'retry-after': '7' }).retryAfterMs).toBe(7000);
    expect(named(429, '', { 'retry-after-ms': '250' }).retryAfterMs).toBe(250);
    expect(named(503, '', { 'retry-after': 'Sun, 06 Nov 1994 08:49:40 GMT', date: 'Sun, 06 Nov 1994 08:49:37 GMT' }).retryAfterMs).toBe(3000);
    expect(named(429, '{"error":{"details":[{"retryDelay":"34s"}]}}').retryAfterMs).toBe(34_000);
    expect(named(429, '').retryAfterMs).toBeUndefined();
    expect(named(429, '', { 'retry-after': 'soon' }).retryAfterMs).toBeUndefined();
  });
});

describe('the connection test', () => {
  it('ends in an answer, or in a name for what is wrong', async () => {
    const { base } = await serving((response, { url, headers, body }) => {
      if (headers.authorization !== `Bearer ${key}`) return json(response, 401, { error: { message: 'Invalid API Key' } });
      if (url === '/v1/models') return json(response, 200, { data: [{ id: 'm-1' }, { id: 7 }, 'x'] });
      return body.model === 'm-1' ? json(response, 200, completion) : json(response, 404, { error: { code: 'model_not_found', message: '' } });
    });
    const test = (model: string, given = key) => testConnection({ preset: 'other', baseUrl: base, model }, given, signal);
    expect(await test('m-1')).toMatchObject({ models: ['m-1'], answered: { model: 'm-1-x', text: 'hello' } });
    expect((await test('m-2')).failure?.code).toBe('teacher-unknown-model');
    expect((await test('')).failure?.code).toBe('teacher-unknown-model');
    expect((await test('m-1', 'sk-other-000000')).failure?.code).toBe('teacher-bad-key');
    expect((await testConnection({ preset: 'other', baseUrl: 'nonsense', model: 'm' }, key, signal)).failure?.code).toBe('teacher-not-understood');
  });

  it('knows that a page over https cannot read http elsewhere', async () => {
    const page = { origin: 'https://studio.example', localNetwork: async () => 'denied' as const };
    const report = await testConnection({ preset: 'other', baseUrl: 'http://192.168.7.7/v1', model: 'm' }, key, signal, page);
    expect(report.failure).toMatchObject({ code: 'teacher-off', where: expect.stringContaining('https') });
  });

  it('names the local-network permission where the browser says it is denied', async () => {
    const page = { origin: 'https://studio.example', localNetwork: async () => 'denied' as const };
    const report = await testConnection({ preset: 'ollama', baseUrl: 'http://127.0.0.1:9/v1', model: 'm' }, undefined, signal, page);
    expect(report.failure?.code).toBe('teacher-local-network');
  });
});

describe('signing in at OpenRouter', () => {
  it('sends away with a challenge, and comes back for the key with the verifier it was made from', async () => {
    const { url, verifier } = await beginSignIn('https://studio.example/');
    const query = new URL(url).searchParams;
    expect(query.get('callback_url')).toBe('https://studio.example/');
    expect(query.get('code_challenge')).toBe(createHash('sha256').update(verifier).digest('base64url'));
    expect(url).not.toContain(verifier);
    const { base, seen } = await serving((response, { body }) => json(response, 200, body.code === 'good' ? { key: 'sk-or-12345678' } : { error: 'no' }));
    expect(await finishSignIn('good', verifier, signal, `${base}/auth/keys`)).toBe('sk-or-12345678');
    expect(seen[0].body).toEqual({ code: 'good', code_verifier: verifier, code_challenge_method: 'S256' });
    await expect(finishSignIn('bad', verifier, signal, `${base}/auth/keys`)).rejects.toMatchObject({ code: 'teacher-sign-in' });
  });
});

describe('server-sent events', () => {
  it('come out the same however the bytes are cut', async () => {
    const text = 'data: {"a":"é—🙂"}\r\n\r\n: a remark\nevent: x\ndata: one\ndata: two\n\ndata:[DONE]\n\n';
    const bytes = new TextEncoder().encode(text);
    const read = async (cuts: number[]): Promise<string[]> => {
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          edges.slice(1).forEach((end, i) => controller.enqueue(bytes.slice(edges[i], end)));
          controller.close();
        },
      });
      const found: string[] = [];
      for await (const data of eventsOf(body, 1e6)) found.push(data);
      return found;
    };
    await fc.assert(fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      expect(await read(cuts)).toEqual(['{"a":"é—🙂"}', 'one\ntwo', '[DONE]']);
    }), { seed: 11, numRuns: 200 });
  });
});
