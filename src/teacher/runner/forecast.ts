/** What a job would take, told before anything leaves: requests, tokens and money, from some of the requests it would make. */
import type { ChatRequest } from '../chat';
import { costOf, type Price } from './prices';

/** Bytes of English text to a token, as the makers of hosted models give it; text in other scripts takes more tokens. */
const BYTES_A_TOKEN = 4;
const TOKENS_AROUND = 16;
const encoder = new TextEncoder();

export interface Forecast {
  /** Where every reply can be used; each that cannot is asked for once more. */
  requests: number;
  /** Tokens to be read, by rule of thumb. */
  read: number;
  /** Tokens to be written, if each reply were as long as allowed. */
  writtenAtMost: number;
  /** US dollars from empty replies to replies as long as allowed; undefined where the price is not known. */
  money?: { least: number; most: number };
}

/** The most tokens a request can take: no byte-level tokenizer makes more of a text than it has bytes; some are added around each message. */
export function mostTokens({ system = '', messages, schema, maxTokens }: ChatRequest): { input: number; output: number } {
  const texts = [system, ...messages.map(({ content }) => content), schema ? JSON.stringify(schema) : ''].filter((text) => text !== '');
  return { input: texts.reduce((sum, text) => sum + encoder.encode(text).length + TOKENS_AROUND, 0), output: maxTokens };
}

/**
 * @param sample requests of the job: their mean stands for all; of none, all stand for nothing
 * @param requests how many the job makes
 */
export function forecast(sample: readonly ChatRequest[], requests: number, price?: Price): Forecast {
  const mean = (of: (request: ChatRequest) => number) => Math.ceil((sample.reduce((sum, request) => sum + of(request), 0) / Math.max(1, sample.length)) * requests);
  const read = mean((request) => mostTokens(request).input / BYTES_A_TOKEN);
  const writtenAtMost = mean(({ maxTokens }) => maxTokens);
  return { requests, read, writtenAtMost, money: price && { least: costOf(price, read, 0), most: costOf(price, read, writtenAtMost) } };
}

/** Of several jobs together; without money where one has none. */
export function together(told: readonly Forecast[]): Forecast {
  const sum = (of: (one: Forecast) => number) => told.reduce((all, one) => all + of(one), 0);
  return {
    requests: sum(({ requests }) => requests), read: sum(({ read }) => read), writtenAtMost: sum(({ writtenAtMost }) => writtenAtMost),
    money: told.every(({ money }) => money) ? { least: sum(({ money }) => money?.least ?? 0), most: sum(({ money }) => money?.most ?? 0) } : undefined,
  };
}
