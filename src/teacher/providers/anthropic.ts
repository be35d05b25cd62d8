/** Anthropic's messages, straight from a page: a shape is asked for as the one tool the model must use. */
import * as v from 'valibot';
import type { ChatOptions, ChatProvider, ChatReply, ChatRequest } from '../chat';
import { TeacherFailure } from '../failure';
import { defaultTimeoutMs, type Endpoint, isRemote, keyOf, recipientOf, under } from './endpoint';
import { askEvents, askJson } from './http';
import { Growing, names, readAs, text, tokens } from './reading';
import { plainSchema } from './schemas';

const Usage = v.optional(v.object({ input_tokens: tokens, output_tokens: tokens, cache_read_input_tokens: tokens, cache_creation_input_tokens: tokens }));
const Message = v.object({
  model: v.string(),
  content: v.array(v.object({ type: v.string(), text: v.optional(text), input: v.optional(v.unknown()) })),
  stop_reason: v.nullable(v.string()),
  usage: Usage,
});
const Event = v.object({
  type: v.string(),
  message: v.optional(v.object({ model: v.string(), usage: Usage })),
  delta: v.optional(v.object({ text: v.optional(text), partial_json: v.optional(text), stop_reason: v.optional(v.nullable(v.string())) })),
  usage: Usage,
});
const Models = v.object({ data: names });

export function anthropicProvider(endpoint: Endpoint): ChatProvider {
  const key = keyOf(endpoint);
  const headers: Record<string, string> = {
    'anthropic-version': '2023-06-01',
    // Without it the server answers no web page: a person's own key, in a person's own browser, is the case it is meant for.
    'anthropic-dangerous-direct-browser-access': 'true',
    ...(key ? { 'x-api-key': key } : {}),
  };
  const call = { url: under(endpoint, '/messages'), headers, timeoutMs: endpoint.timeoutMs ?? defaultTimeoutMs };

  return {
    id: 'anthropic',
    recipient: recipientOf(endpoint),
    remote: isRemote(endpoint),
    chat: (request, options) => (options.onText ? streamed(request, options) : whole(request, options)),
    async models(signal) {
      const { data } = readAs(Models, await askJson({ ...call, url: under(endpoint, '/models?limit=1000'), signal }));
      return data.flatMap((row) => (v.is(v.object({ id: v.string() }), row) ? row.id.slice(0, 300) : []));
    },
  };

  async function whole(request: ChatRequest, { signal }: ChatOptions): Promise<ChatReply> {
    return anthropicReply(await askJson({ ...call, body: anthropicBody(request, endpoint.model), signal }));
  }

  async function streamed(request: ChatRequest, { signal, onText }: ChatOptions): Promise<ChatReply> {
    const written = new Growing(onText);
    let model = endpoint.model;
    let inputTokens = 0;
    let outputTokens = 0;
    let stopped: string | null | undefined;
    let ended = false;
    await askEvents({ ...call, body: { ...anthropicBody(request, endpoint.model), stream: true }, signal }, (event) => {
      const { type, message, delta, usage } = readAs(Event, event);
      if (type === 'error') throw new TeacherFailure('teacher-server', { where: 'it stopped with an error in the middle of its reply' });
      if (message) [model, inputTokens] = [message.model, inputOf(message.usage)];
      written.add(delta?.text ?? delta?.partial_json ?? '');
      stopped = delta?.stop_reason ?? stopped;
      outputTokens = usage?.output_tokens ?? outputTokens;
      ended ||= type === 'message_stop';
    });
    if (!ended) throw new TeacherFailure('teacher-cut');
    return { text: written.value, inputTokens, outputTokens, finish: finishOf(stopped), model };
  }
}

/** The reply in a whole message. Throws `teacher-not-understood`. */
export function anthropicReply(json: unknown): ChatReply {
  const { model, content, stop_reason, usage } = readAs(Message, json);
  const used = content.find((block) => block.type === 'tool_use');
  const written = used ? JSON.stringify(used.input) : content.map((block) => (block.type === 'text' ? block.text ?? '' : '')).join('');
  return { text: written, inputTokens: inputOf(usage), outputTokens: usage?.output_tokens ?? 0, finish: finishOf(stop_reason), model };
}

/** What is posted for a request. */
export function anthropicBody({ system, messages, schema, maxTokens, temperature }: ChatRequest, model: string): object {
  const tool = schema && { name: 'reply', description: 'The reply, in its one shape.', input_schema: plainSchema(schema) };
  return {
    model, system, messages, max_tokens: maxTokens, temperature,
    ...(tool ? { tools: [tool], tool_choice: { type: 'tool', name: tool.name } } : {}),
  };
}

const inputOf = (usage: v.InferOutput<typeof Usage>): number =>
  (usage?.input_tokens ?? 0) + (usage?.cache_read_input_tokens ?? 0) + (usage?.cache_creation_input_tokens ?? 0);

function finishOf(reason: string | null | undefined): ChatReply['finish'] {
  if (reason === 'end_turn' || reason === 'tool_use' || reason === 'stop_sequence') return 'stop';
  return reason === 'max_tokens' ? 'length' : 'other';
}
