/** The batch files of two providers: what a file may hold, one request in, one result out. */
import * as v from 'valibot';
import type { ChatReply, ChatRequest } from '../chat';
import { anthropicBody, anthropicReply } from '../providers/anthropic';
import { openaiBody, openaiReply } from '../providers/openai';

export interface BatchResult {
  /** What the request was called. */
  id: string;
  reply?: ChatReply;
  /** Without a reply: why, as a slug. */
  error?: 'batch-errored' | 'batch-expired' | 'batch-canceled';
}

export interface BatchFormat {
  id: 'openai' | 'anthropic';
  /** Where such batches go, for the ledger's name of the recipient. */
  preset: 'openai' | 'anthropic';
  mostRequests: number;
  mostBytes: number;
  extension: 'jsonl' | 'json';
  opening: string;
  between: string;
  closing: string;
  request(id: string, request: ChatRequest, model: string): string;
  /** Throws what the providers' readers throw, or TypeError, for a line that is no result. */
  result(json: unknown, model: string): BatchResult;
}

const id = v.pipe(v.string(), v.maxLength(64));
const OpenaiResult = v.object({
  custom_id: id,
  response: v.nullish(v.object({ status_code: v.number(), body: v.unknown() })),
  error: v.nullish(v.object({ code: v.nullish(v.string()) })),
});
const AnthropicResult = v.object({
  custom_id: id,
  result: v.object({ type: v.picklist(['succeeded', 'errored', 'canceled', 'expired']), message: v.optional(v.unknown()) }),
});

/** JSONL for `/v1/chat/completions`; at most 50,000 requests and 200 MB a file (OpenAI's batch guide). */
const openai: BatchFormat = {
  id: 'openai', preset: 'openai', mostRequests: 50_000, mostBytes: 200_000_000, extension: 'jsonl', opening: '', between: '', closing: '',
  request: (custom_id, request, model) =>
    `${JSON.stringify({ custom_id, method: 'POST', url: '/v1/chat/completions', body: openaiBody(request, model, true, false, new Set()) })}\n`,
  result(json, model) {
    const { custom_id, response, error } = v.parse(OpenaiResult, json);
    if (response?.status_code === 200) return { id: custom_id, reply: openaiReply(response.body, model) };
    if (error?.code === 'batch_expired') return { id: custom_id, error: 'batch-expired' };
    return { id: custom_id, error: error?.code === 'batch_cancelled' ? 'batch-canceled' : 'batch-errored' };
  },
};

/** The body of one `POST /v1/messages/batches`; at most 100,000 requests and 256 MB (Anthropic's batch guide). */
const anthropic: BatchFormat = {
  id: 'anthropic', preset: 'anthropic', mostRequests: 100_000, mostBytes: 256_000_000, extension: 'json',
  opening: '{"requests":[\n', between: ',\n', closing: '\n]}\n',
  request: (custom_id, request, model) => JSON.stringify({ custom_id, params: anthropicBody(request, model) }),
  result(json) {
    const { custom_id, result: { type, message } } = v.parse(AnthropicResult, json);
    return type === 'succeeded' ? { id: custom_id, reply: anthropicReply(message) } : { id: custom_id, error: `batch-${type}` };
  },
};

export const BATCH_FORMATS = { openai, anthropic };

/** The batch files of a kind of teacher; undefined for one that takes none. */
export function batchFormatOf(preset: string): BatchFormat | undefined {
  return Object.values(BATCH_FORMATS).find((format) => format.preset === preset);
}
