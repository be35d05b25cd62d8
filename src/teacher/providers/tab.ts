/** A language model in this very tab, by web-llm: downloaded once, kept by the browser, nothing sent anywhere. Needs WebGPU. */
import type { ChatCompletionRequestNonStreaming, ChatCompletionRequestStreaming, MLCEngine } from '@mlc-ai/web-llm';
import { mayReach } from '../../core/networkDoor';
import type { ChatOptions, ChatProvider, ChatReply, ChatRequest } from '../chat';
import { TeacherFailure } from '../failure';
import { Growing } from './reading';

export interface TabModel {
  name: string;
  /** GPU memory it takes while it runs, in MB, as its makers measured it; the download is somewhat smaller. */
  megabytes: number;
  /** Runs on phones and small graphics chips too. */
  small: boolean;
  /** Needs half precision, which not every adapter has. */
  halfPrecision: boolean;
  /** Kept by this browser already: no download. */
  cached: boolean;
}

/** Share done in [0, 1] and what is being done, in web-llm's words. */
export type OnLoad = (share: number, what: string) => void;

/** The models web-llm ships for, smallest first. Fetches the library (about 1.5 MB compressed), no model. */
export async function tabModels(): Promise<TabModel[]> {
  const { ModelType, hasModelInCache, prebuiltAppConfig } = await import('@mlc-ai/web-llm');
  const texts = prebuiltAppConfig.model_list.filter((model) => model.model_type === undefined || model.model_type === ModelType.LLM);
  const listed = await Promise.all(texts.map(async (model) => ({
    name: model.model_id,
    megabytes: model.vram_required_MB ?? 0,
    small: model.low_resource_required === true,
    halfPrecision: model.required_features?.includes('shader-f16') === true,
    cached: await hasModelInCache(model.model_id).catch(() => false),
  })));
  return listed.sort((a, b) => a.megabytes - b.megabytes);
}

/** One engine a realm, because a second model would take the first one's memory. */
let loaded: { name: string; engine: Promise<MLCEngine> } | undefined;

/** The model is loaded when it is to be ready, or with the first request. One request at a time: to stop is to stop whatever is written. */
export function tabProvider(name: string, onLoad: OnLoad = () => {}): ChatProvider {
  return {
    id: 'tab',
    recipient: `this tab · ${name}`,
    remote: false,
    oneAtATime: true,
    async ready(signal) {
      await engineOf(name, signal, onLoad);
    },
    async chat(request, options) {
      options.signal.throwIfAborted();
      const engine = await engineOf(name, options.signal, onLoad);
      const onAbort = () => engine.interruptGenerate();
      options.signal.addEventListener('abort', onAbort);
      try {
        const reply = await (options.onText ? streamed(engine, name, request, options) : whole(engine, name, request));
        options.signal.throwIfAborted();
        return reply;
      } catch (cause) {
        options.signal.throwIfAborted();
        if (cause instanceof TeacherFailure) throw cause;
        // A lost adapter or too little memory: the engine is of no more use.
        loaded = undefined;
        throw new TeacherFailure('teacher-server', { where: cause instanceof Error ? cause.message.slice(0, 300) : undefined, cause });
      } finally {
        options.signal.removeEventListener('abort', onAbort);
      }
    },
    models: async () => (await tabModels()).map((model) => model.name),
  };
}

/** The engine with this model in it, what is loading or loaded already if it is the same. An abort ends a download. */
async function engineOf(name: string, signal: AbortSignal, onLoad: OnLoad): Promise<MLCEngine> {
  signal.throwIfAborted();
  if (loaded?.name !== name) {
    await loaded?.engine.then((engine) => engine.unload()).catch(() => {});
    const engine = load(name, signal, onLoad);
    const mine = { name, engine };
    loaded = mine;
    engine.catch(() => {
      if (loaded === mine) loaded = undefined;
    });
  }
  return loaded.engine;
}

async function load(name: string, signal: AbortSignal, onLoad: OnLoad): Promise<MLCEngine> {
  const { MLCEngine, hasModelInCache, prebuiltAppConfig } = await import('@mlc-ai/web-llm');
  const record = prebuiltAppConfig.model_list.find((model) => model.model_id === name);
  if (!record) throw new TeacherFailure('teacher-unknown-model');
  // web-llm fetches on its own, past the door: shut, only what the browser keeps already may be loaded.
  if (!mayReach(record.model) && !(await hasModelInCache(name).catch(() => false))) {
    throw new TeacherFailure('teacher-door-shut', { where: `${name} would have to be downloaded` });
  }
  const engine = new MLCEngine({ initProgressCallback: ({ progress, text }) => onLoad(progress, text), logLevel: 'SILENT' });
  // To unload is how a load is stopped; one that is stopped may end as if it had not been.
  const stop = () => void engine.unload();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await engine.reload(name);
    signal.throwIfAborted();
    return engine;
  } catch (cause) {
    await engine.unload().catch(() => {});
    signal.throwIfAborted();
    throw new TeacherFailure('teacher-server', { where: cause instanceof Error ? cause.message.slice(0, 300) : undefined, cause });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function whole(engine: MLCEngine, name: string, request: ChatRequest): Promise<ChatReply> {
  const { choices, usage, model } = await engine.chatCompletion(bodyOf(request, name));
  return reply(choices[0]?.message.content ?? '', choices[0]?.finish_reason, usage, model);
}

async function streamed(engine: MLCEngine, name: string, request: ChatRequest, { onText }: ChatOptions): Promise<ChatReply> {
  const body: ChatCompletionRequestStreaming = { ...bodyOf(request, name), stream: true, stream_options: { include_usage: true } };
  const written = new Growing(onText);
  let finish: string | null | undefined;
  let used: { prompt_tokens: number; completion_tokens: number } | undefined;
  for await (const { choices, usage } of await engine.chatCompletion(body)) {
    written.add(choices[0]?.delta.content ?? '');
    finish = choices[0]?.finish_reason ?? finish;
    used = usage ?? used;
  }
  return reply(written.value, finish, used, name);
}

function bodyOf({ system, messages, schema, maxTokens, temperature, seed }: ChatRequest, model: string): ChatCompletionRequestNonStreaming {
  return {
    model, temperature, seed, max_tokens: maxTokens,
    messages: [...(system === undefined ? [] : [{ role: 'system' as const, content: system }]), ...messages],
    response_format: schema ? { type: 'json_object', schema: JSON.stringify(schema) } : undefined,
  };
}

function reply(text: string, finish: string | null | undefined, usage: { prompt_tokens: number; completion_tokens: number } | undefined, model: string): ChatReply {
  return {
    text, model,
    inputTokens: usage?.prompt_tokens ?? 0,
    outputTokens: usage?.completion_tokens ?? 0,
    finish: finish === 'stop' || finish === 'length' ? finish : 'other',
  };
}
