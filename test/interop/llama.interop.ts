/** A real llama.cpp server with a real, very small model: it labels badly, but every reply ends as a valid label or a named rejection. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testConnection } from '../../src/teacher/connection';
import { chatTeacher, requestFor } from '../../src/teacher/chatTeacher';
import { providerOf } from '../../src/teacher/presets';
import { REJECTIONS } from '../../src/teacher/rejection';
import { ledgerInMemory } from '../../src/teacher/ledger/ledger';
import { Caller } from '../../src/teacher/runner/caller';
import { defaultLimits } from '../../src/teacher/runner/limits';
import { runRows } from '../../src/teacher/runner/rows';
import { label } from '../../src/teacher/tasks/skills';
import { hasSharedData, sharedPath } from '../sharedData';
import { freePort, type LlamaServer, startLlama, whyNot } from './llamaServer';

const key = 'sk-interop-0123456789';
const skills = ['adding and subtracting', 'multiplying and dividing', 'fractions and shares', 'percentages', 'rates and unit prices', 'several steps']
  .map((name) => ({ name, description: '' }));
const reason = whyNot();

describe.skipIf(reason !== undefined)(`llama.cpp's server${reason ? `: ${reason}` : ''}`, () => {
  let server: LlamaServer;
  const { signal } = new AbortController();
  const choice = (more = {}) => ({ preset: 'llama.cpp', baseUrl: server.baseUrl, model: 'smollm2', ...more });
  beforeAll(async () => {
    server = await startLlama(key);
  }, 300_000);
  afterAll(() => server.close());

  it('passes the connection test, with its model listed', async () => {
    const report = await testConnection(choice(), key, signal);
    expect(report.failure).toBeUndefined();
    expect(report.models).toEqual(['smollm2']);
    expect(report.answered?.outputTokens).toBeGreaterThan(0);
  });

  it('is told apart from one with another key, one that is off, and one that is no teacher', async () => {
    const wrong = await testConnection(choice(), 'sk-another-0123456789', signal);
    expect(wrong.failure?.code).toBe('teacher-bad-key');
    expect(JSON.stringify(wrong)).not.toContain('another-0123456789');
    const off = await testConnection(choice({ baseUrl: `http://127.0.0.1:${await freePort()}/v1` }), key, signal);
    expect(off.failure?.code).toBe('teacher-off');
    const elsewhere = await testConnection(choice({ baseUrl: server.baseUrl.replace('/v1', '/nothing') }), key, signal);
    expect(elsewhere.failure?.code).toBe('teacher-not-understood');
  });

  it('streams: the text grows piece by piece to what is returned', async () => {
    const heard: string[] = [];
    const { text, outputTokens } = await providerOf(choice(), { key }).chat(
      { messages: [{ role: 'user', content: 'Count from one to ten.' }], maxTokens: 40, temperature: 0, seed: 1 },
      { signal, onText: (soFar) => heard.push(soFar) });
    expect(heard.length).toBeGreaterThan(3);
    expect(heard.every((soFar, i) => i === 0 || soFar.startsWith(heard[i - 1]))).toBe(true);
    expect(heard.at(-1)).toBe(text);
    expect(outputTokens).toBeGreaterThan(3);
  });

  it('holds the model to the schema by a grammar: without one this model writes prose', async () => {
    const { request } = requestFor(label, { question: 'What is 12 + 30?', skills });
    const { text } = await providerOf(choice(), { key }).chat(request, { signal });
    const parsed = JSON.parse(text) as { reason: string; skills: string[] };
    expect(Object.keys(parsed)).toEqual(['reason', 'skills']);
    for (const name of parsed.skills) expect(skills.map((skill) => skill.name)).toContain(name);
    const free = await providerOf(choice(), { key }).chat({ ...request, schema: undefined, maxTokens: 60 }, { signal });
    expect(() => JSON.parse(free.text) as unknown).toThrow();
  });

  const rows = hasSharedData('gsm8k')
    ? readFileSync(sharedPath('gsm8k', 'train.jsonl'), 'utf8').split('\n').slice(0, 50).map((line, i) => ({ id: `gsm-${i}`, ...(JSON.parse(line) as { question: string }) }))
    : [];
  it.skipIf(rows.length === 0)('labels 50 GSM8K rows: each a valid label or a named rejection, and a second job asks for none again', async () => {
    const ledger = ledgerInMemory();
    const provider = providerOf(choice(), { key, timeoutMs: 300_000 });
    const job = async () => {
      const caller = await Caller.open(provider, { ledger, projectId: 'interop', limits: { ...defaultLimits, concurrency: 4, timeoutMs: 300_000 } });
      const teacher = chatTeacher(caller.through(signal), {}, provider.recipient);
      const outcomes = await runRows(rows, ({ id, question }) => teacher.label({ question, skills, row: id }), { rowsAtOnce: 8, signal });
      return { outcomes, caller };
    };
    const { outcomes, caller } = await job();
    expect(outcomes).toHaveLength(50);
    const names = new Set(skills.map(({ name }) => name));
    for (const outcome of outcomes) {
      if ('value' in outcome) {
        expect(outcome.value.skills.length).toBeGreaterThan(0);
        expect(outcome.value.skills.every((name) => names.has(name))).toBe(true);
      } else {
        expect(Object.keys(REJECTIONS)).toContain(outcome.failure.code);
      }
    }
    const rejected = outcomes.filter((outcome) => 'failure' in outcome);
    console.log(`${50 - rejected.length} labelled, ${rejected.length} rejected; ${caller.told.tries} requests, ${caller.told.tokens} tokens`);
    const again = await job();
    expect(again.outcomes.map((outcome) => ('value' in outcome ? outcome.value : outcome.failure.code)))
      .toEqual(outcomes.map((outcome) => ('value' in outcome ? outcome.value : outcome.failure.code)));
    expect(again.caller.spent.tries).toBe(caller.spent.tries);
  }, 1_800_000);
});
