/** The way from a task to a model: a job's runner (ledger, limits, budget), or a provider as it is. */
import type { ChatProvider, ChatReply, ChatRequest } from './chat';
import type { Task } from './types';

/** What a request is for: the ledger's words. */
export interface TaskCall {
  task: Task;
  /** `label@1` as shipped, `label@1+3f9ac01b` when a person edited it. */
  promptVersion: string;
  row?: string;
  /** The second and last try, which shows the model its own reply and what was wrong with it. */
  repair: boolean;
}

export type CallThrough = (call: TaskCall, request: ChatRequest) => Promise<ChatReply>;

/** Straight to the provider: for trying a prompt on one row. */
export function straightTo(provider: ChatProvider, signal: AbortSignal): CallThrough {
  return (_call, request) => provider.chat(request, { signal });
}
