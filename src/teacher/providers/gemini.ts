/** Google's generateContent. The key goes in a header: in an address it would end up in histories and logs. */
import * as v from 'valibot';
import type { ChatOptions, ChatProvider, ChatReply, ChatRequest } from '../chat';
import { TeacherFailure } from '../failure';
import { defaultTimeoutMs, type Endpoint, isRemote, keyOf, recipientOf, under } from './endpoint';
import { askEvents, askJson } from './http';
import { Growing, names, readAs, text, tokens } from './reading';
import { openApiSchema } from './schemas';

const Part = v.object({ text: v.optional(text), thought: v.optional(v.boolean()) });
const Reply = v.object({
  candidates: v.optional(v.array(v.object({
    content: v.optional(v.object({ parts: v.optional(v.array(Part)) })),
    finishReason: v.optional(v.string()),
  }))),
  promptFeedback: v.optional(v.object({ blockReason: v.optional(v.string()) })),
  usageMetadata: v.optional(v.object({ promptTokenCount: tokens, candidatesTokenCount: tokens, thoughtsTokenCount: tokens })),
  modelVersion: v.optional(v.string()),
});
const Models = v.object({ models: names });
const Model = v.object({ name: v.string(), supportedGenerationMethods: v.optional(v.array(v.string())) });

export function geminiProvider(endpoint: Endpoint): ChatProvider {
  const key = keyOf(endpoint);
  const model = endpoint.model.replace(/^models\//, '');
  const at = (method: string) => under(endpoint, `/models/${encodeURIComponent(model)}:${method}`);
  const call = { headers: key ? { 'x-goog-api-key': key } : ({} as Record<string, string>), timeoutMs: endpoint.timeoutMs ?? defaultTimeoutMs };

  return {
    id: 'gemini',
    recipient: recipientOf({ ...endpoint, model }),
    remote: isRemote(endpoint),
    chat,
    async models(signal) {
      const { models } = readAs(Models, await askJson({ ...call, url: under(endpoint, '/models?pageSize=1000'), signal }));
      return models.flatMap((row) =>
        (v.is(Model, row) && row.supportedGenerationMethods?.includes('generateContent') ? row.name.replace(/^models\//, '').slice(0, 300) : []));
    },
  };

  async function chat(request: ChatRequest, { signal, onText }: ChatOptions): Promise<ChatReply> {
    const written = new Growing(onText);
    let ended: string | undefined;
    let version = model;
    let [inputTokens, outputTokens] = [0, 0];
    const take = (event: unknown) => {
      const { candidates, promptFeedback, usageMetadata: usage, modelVersion } = readAs(Reply, event);
      const candidate = candidates?.[0];
      for (const part of candidate?.content?.parts ?? []) if (!part.thought) written.add(part.text ?? '');
      ended = candidate?.finishReason ?? promptFeedback?.blockReason ?? ended;
      version = modelVersion ?? version;
      inputTokens = usage?.promptTokenCount ?? inputTokens;
      if (usage) outputTokens = (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0);
    };
    const body = bodyOf(request);
    if (onText) await askEvents({ ...call, url: `${at('streamGenerateContent')}?alt=sse`, body, signal }, take);
    else take(await askJson({ ...call, url: at('generateContent'), body, signal }));
    if (ended === undefined) throw new TeacherFailure('teacher-cut');
    return { text: written.value, inputTokens, outputTokens, finish: ended === 'STOP' ? 'stop' : ended === 'MAX_TOKENS' ? 'length' : 'other', model: version };
  }
}

function bodyOf({ system, messages, schema, maxTokens, temperature, seed }: ChatRequest): object {
  return {
    systemInstruction: system === undefined ? undefined : { parts: [{ text: system }] },
    contents: messages.map(({ role, content }) => ({ role: role === 'user' ? 'user' : 'model', parts: [{ text: content }] })),
    generationConfig: {
      temperature, seed, maxOutputTokens: maxTokens,
      ...(schema ? { responseMimeType: 'application/json', responseSchema: openApiSchema(schema) } : {}),
    },
  };
}
