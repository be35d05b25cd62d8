/** OpenAI's chat completions, which OpenRouter, Together, Groq, vLLM, llama.cpp, Ollama and LM Studio speak too. */
import * as v from 'valibot';
import type { ChatOptions, ChatProvider, ChatReply, ChatRequest } from '../chat';
import { TeacherFailure } from '../failure';
import { addressOf, defaultTimeoutMs, type Endpoint, isRemote, keyOf, recipientOf, under } from './endpoint';
import { askEvents, askJson } from './http';
import { Growing, names, readAs, text, tokens } from './reading';
import { plainSchema } from './schemas';

const Usage = v.optional(v.nullable(v.object({ prompt_tokens: tokens, completion_tokens: tokens })));
const finish = v.optional(v.nullable(v.string()));
const Completion = v.object({
  model: v.optional(v.nullable(v.string())),
  choices: v.pipe(v.array(v.object({ message: v.object({ content: v.optional(v.nullable(text)) }), finish_reason: finish })), v.minLength(1)),
  usage: Usage,
});
const Chunk = v.object({
  model: v.optional(v.nullable(v.string())),
  choices: v.optional(v.array(v.object({ delta: v.optional(v.object({ content: v.optional(v.nullable(text)) })), finish_reason: finish }))),
  usage: Usage,
  error: v.optional(v.unknown()),
});
const Models = v.object({ data: names });

/** Fields that some servers or models refuse; one they name in a refusal is left out from then on. */
const OPTIONAL = ['response_format', 'temperature', 'seed', 'max_completion_tokens', 'stream_options'] as const;

export function openaiProvider(endpoint: Endpoint): ChatProvider {
  // OpenAI's own schemas know no lengths, and its newer models no `max_tokens`.
  const strict = addressOf(endpoint).hostname === 'api.openai.com';
  const headers = authorization(endpoint);
  const call = { url: under(endpoint, '/chat/completions'), headers, timeoutMs: endpoint.timeoutMs ?? defaultTimeoutMs };
  const refused = new Set<string>(strict ? [] : ['max_completion_tokens']);

  async function chat(request: ChatRequest, options: ChatOptions): Promise<ChatReply> {
    const body = openaiBody(request, endpoint.model, strict, options.onText !== undefined, refused);
    try {
      return await (options.onText ? streamed(body, options) : whole(body, options));
    } catch (thrown) {
      const field = thrown instanceof TeacherFailure && thrown.code === 'teacher-refused-request' && refusedField(thrown, body);
      if (!field) throw thrown;
      refused.add(field);
      return chat(request, options);
    }
  }

  async function whole(body: object, { signal }: ChatOptions): Promise<ChatReply> {
    return openaiReply(await askJson({ ...call, body, signal }), endpoint.model);
  }

  async function streamed(body: object, { signal, onText }: ChatOptions): Promise<ChatReply> {
    const written = new Growing(onText);
    let ended: string | null | undefined;
    let usage: v.InferOutput<typeof Usage>;
    let model: string | null | undefined;
    await askEvents({ ...call, body, signal }, (event) => {
      const chunk = readAs(Chunk, event);
      if (chunk.error) throw new TeacherFailure('teacher-server', { where: 'it stopped with an error in the middle of its reply' });
      const choice = chunk.choices?.[0];
      written.add(choice?.delta?.content ?? '');
      ended = choice?.finish_reason ?? ended;
      usage = chunk.usage ?? usage;
      model = chunk.model ?? model;
    });
    if (!ended) throw new TeacherFailure('teacher-cut');
    return replyOf(written.value, ended, usage, model || endpoint.model);
  }

  return {
    id: 'openai',
    recipient: recipientOf(endpoint),
    remote: isRemote(endpoint),
    chat,
    async models(signal) {
      const { data } = readAs(Models, await askJson({ ...call, url: under(endpoint, '/models'), signal }));
      return data.flatMap((row) => (v.is(v.object({ id: v.string() }), row) ? row.id.slice(0, 300) : []));
    },
  };
}

/** The reply in a whole completion. Throws `teacher-not-understood`. */
export function openaiReply(json: unknown, asked: string): ChatReply {
  const { choices: [choice], usage, model } = readAs(Completion, json);
  return replyOf(choice.message.content ?? '', choice.finish_reason, usage, model || asked);
}

function replyOf(content: string, ended: string | null | undefined, usage: v.InferOutput<typeof Usage>, model: string): ChatReply {
  return {
    text: content,
    inputTokens: usage?.prompt_tokens ?? 0,
    outputTokens: usage?.completion_tokens ?? 0,
    finish: ended === 'stop' || ended === 'length' ? ended : 'other',
    model: model.slice(0, 200),
  };
}

/** What is posted for a request. `refused`: fields this server does not take. */
export function openaiBody(request: ChatRequest, model: string, strict: boolean, stream: boolean, refused: ReadonlySet<string>): Record<string, unknown> {
  const { system, messages, schema, maxTokens, temperature, seed } = request;
  const shape = schema && { name: 'reply', strict: true, schema: strict ? plainSchema(schema) : schema };
  const body: Record<string, unknown> = {
    model,
    messages: system === undefined ? messages : [{ role: 'system', content: system }, ...messages],
    [refused.has('max_completion_tokens') ? 'max_tokens' : 'max_completion_tokens']: maxTokens,
    temperature,
    seed,
    response_format: shape && { type: 'json_schema', json_schema: shape },
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
  for (const field of refused) delete body[field];
  return body;
}

function refusedField({ where }: TeacherFailure, body: Record<string, unknown>): string | undefined {
  const words = where ?? '';
  const named = OPTIONAL.find((field) => body[field] !== undefined && words.includes(field));
  if (named) return named;
  return body.response_format !== undefined && /json[ _]schema|structured output|grammar/i.test(words) ? 'response_format' : undefined;
}

function authorization(endpoint: Endpoint): Record<string, string> {
  const key = keyOf(endpoint);
  return key ? { authorization: `Bearer ${key}` } : {};
}
