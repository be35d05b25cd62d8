/** The one shape every chat model is spoken to in, whoever serves it: OpenAI-compatible, Anthropic, Gemini, or a model in this tab. */

export interface ChatMessage {
  role: 'user' | 'assistant';
  content: string;
}

export interface ChatRequest {
  system?: string;
  /** Ends with a `user` message. */
  messages: ChatMessage[];
  /** A JSON schema the reply has to follow, where the server can hold a model to one. */
  schema?: object;
  maxTokens: number;
  temperature: number;
  seed?: number;
}

export interface ChatReply {
  text: string;
  /** As the server counted them; 0 where it does not say. */
  inputTokens: number;
  outputTokens: number;
  /** `length`: stopped at `maxTokens`. */
  finish: 'stop' | 'length' | 'other';
  /** The model that answered, as the server names it. */
  model: string;
}

export interface ChatOptions {
  signal: AbortSignal;
  /** Hears the reply grow, where the server streams. */
  onText?: (soFar: string) => void;
}

export interface ChatProvider {
  /** `openai`, `anthropic`, `gemini`, `tab`, … */
  readonly id: string;
  /** Who the text goes to, for the ledger and the privacy page: origin and model, never a key. */
  readonly recipient: string;
  /** False only where the text does not leave this machine. */
  readonly remote: boolean;
  /** One reply. Throws `TeacherFailure`; an abort of the caller's is thrown as it is. */
  chat(request: ChatRequest, options: ChatOptions): Promise<ChatReply>;
  /** Where the model must first be fetched: does that, which no time limit of a call counts. */
  ready?(signal: AbortSignal): Promise<void>;
  /** It writes one reply at a time, whatever is asked at once. */
  readonly oneAtATime?: boolean;
  /** The models the server lists, by name. */
  models?(signal: AbortSignal): Promise<string[]>;
}
