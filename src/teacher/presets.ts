/** The servers people use, one line each: where they are, whether they want a key, and how they are told to answer a web page. */
import { StudioError } from '../core/errors';
import type { ChatProvider } from './chat';
import { anthropicProvider } from './providers/anthropic';
import type { Endpoint } from './providers/endpoint';
import { geminiProvider } from './providers/gemini';
import { openaiProvider } from './providers/openai';
import { type OnLoad, tabProvider } from './providers/tab';
import { withoutKey } from './providers/withoutKey';

export interface Preset {
  id: string;
  title: string;
  protocol: 'openai' | 'anthropic' | 'gemini' | 'tab';
  /** Empty where the person has to say. */
  baseUrl: string;
  needsKey: boolean;
  /** On the person's own machine, usually. */
  local: boolean;
  /** How its maker lets a page in: the exact setting, with `{origin}` standing for the page's own. */
  letIn?: string[];
}

const openai = (id: string, title: string, baseUrl: string, more: Partial<Preset> = {}): Preset =>
  ({ id, title, protocol: 'openai', baseUrl, needsKey: true, local: false, ...more });
const own = { needsKey: false, local: true };

export const PRESETS: readonly Preset[] = [
  openai('ollama', 'Ollama', 'http://localhost:11434/v1', { ...own, letIn: [
    'Stop Ollama, then start it as: OLLAMA_ORIGINS="{origin}" ollama serve',
    'As a macOS app: launchctl setenv OLLAMA_ORIGINS "{origin}", then start it again.',
    'As a Linux service: systemctl edit ollama.service, add Environment="OLLAMA_ORIGINS={origin}" under [Service], then systemctl restart ollama.',
    'On Windows: set the user variable OLLAMA_ORIGINS to {origin}, then quit Ollama in the tray and start it again.',
  ] }),
  openai('lm-studio', 'LM Studio', 'http://localhost:1234/v1', { ...own, letIn: [
    'On the command line: lms server start --cors',
    'In the app: Developer, Server Settings, switch on “Enable CORS”.',
  ] }),
  openai('llama.cpp', 'llama.cpp server', 'http://localhost:8080/v1', { ...own, letIn: [
    'llama-server lets any page in unless it was started with a list of origins: add {origin} to that list.',
  ] }),
  openai('vllm', 'vLLM', 'http://localhost:8000/v1', { ...own, letIn: [
    'vllm serve MODEL --allowed-origins \'["{origin}"]\'',
  ] }),
  openai('openrouter', 'OpenRouter', 'https://openrouter.ai/api/v1'),
  openai('openai', 'OpenAI', 'https://api.openai.com/v1'),
  { id: 'anthropic', title: 'Anthropic', protocol: 'anthropic', baseUrl: 'https://api.anthropic.com/v1', needsKey: true, local: false },
  { id: 'gemini', title: 'Google Gemini', protocol: 'gemini', baseUrl: 'https://generativelanguage.googleapis.com/v1beta', needsKey: true, local: false },
  openai('together', 'Together', 'https://api.together.xyz/v1'),
  openai('groq', 'Groq', 'https://api.groq.com/openai/v1'),
  openai('other', 'Another OpenAI-compatible server', '', { needsKey: false }),
  { id: 'tab', title: 'A model in this tab', protocol: 'tab', baseUrl: '', needsKey: false, local: true },
];

/** Which teacher a person chose. The key is no part of it: this is stored, exported and shown. */
export interface TeacherChoice {
  preset: string;
  baseUrl: string;
  model: string;
}

export function presetOf(id: string): Preset {
  const preset = PRESETS.find((one) => one.id === id);
  if (preset) return preset;
  throw new StudioError('teacher-unknown-preset', `There is no kind of teacher called "${id}".`, {
    remedy: `The kinds are ${PRESETS.map((one) => one.id).join(', ')}.`,
  });
}

/** The client for a choice. Throws `TeacherFailure` for an address or key that cannot be used. */
export function providerOf(choice: TeacherChoice, more: { key?: string; timeoutMs?: number; onLoad?: OnLoad } = {}): ChatProvider {
  const { protocol } = presetOf(choice.preset);
  if (protocol === 'tab') return tabProvider(choice.model, more.onLoad);
  const endpoint: Endpoint = { baseUrl: choice.baseUrl, model: choice.model, key: more.key, timeoutMs: more.timeoutMs };
  return withoutKey({ openai: openaiProvider, anthropic: anthropicProvider, gemini: geminiProvider }[protocol](endpoint), more.key);
}

/** The settings that let the page at `origin` in, ready to copy. */
export function letInSettings(choice: TeacherChoice, origin: string): string[] {
  return (presetOf(choice.preset).letIn ?? []).map((line) => line.replaceAll('{origin}', origin));
}

/** The preset whose address this is, for a command line that names only a URL. */
export function presetAt(baseUrl: string): Preset {
  const origin = URL.canParse(baseUrl) ? new URL(baseUrl).origin : '';
  const named = PRESETS.find((preset) => preset.baseUrl && new URL(preset.baseUrl).origin === origin);
  return named ?? presetOf('other');
}
