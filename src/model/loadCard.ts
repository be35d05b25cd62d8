/** What a student's folder tells of itself without its numbers: size, past and provenance. For showing, not for running. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { reach } from '../core/networkDoor';
import { targetNames } from './adapter';
import { parseConfig } from './config';
import { ggufRefusal } from './export/gguf';
import { paramShapes } from './shapes';
import { bytesOf } from './numberFormats';
import type { AdapterSettings, FamilyName, ModelConfig, NumberFormat, Student } from './types';

const text = v.pipe(v.string(), v.maxLength(500));
const Manifest = v.object({
  command: v.optional(text),
  seed: v.optional(v.number()),
  steps: v.optional(v.number()),
  tokens: v.optional(v.number()),
  finalLoss: v.optional(v.number()),
  adapter: v.optional(text),
  commit: v.optional(text),
});

/** How the student was made; fields its maker did not write are absent. */
export type StudentManifest = v.InferOutput<typeof Manifest>;

export interface StudentCard {
  config: ModelConfig;
  /** Absent where the folder has none. */
  manifest?: StudentManifest;
}

/** @throws StudioError `model-fetch-failed`, or whatever is wrong with the configuration. */
export async function fetchStudentCard(baseUrl: string): Promise<StudentCard> {
  const [config, manifest] = await Promise.all([fetchText(`${baseUrl}/config.json`), fetchText(`${baseUrl}/manifest.json`)]);
  if (config === undefined) {
    throw new StudioError('model-fetch-failed', 'The student’s config.json could not be fetched.', {
      where: baseUrl, remedy: 'Check the connection, then open the page again.',
    });
  }
  return { config: parseConfig(config), manifest: manifest === undefined ? undefined : parseManifest(manifest) };
}

/** Undefined for a file that is not there; a server of single pages answers with its page instead. */
async function fetchText(url: string): Promise<string | undefined> {
  const reply = await reach(url).catch(() => undefined);
  if (!reply?.ok || reply.headers.get('content-type')?.startsWith('text/html')) return undefined;
  return reply.text();
}

/** A manifest is only for reading: one that cannot be read is as good as none. */
function parseManifest(json: string): StudentManifest | undefined {
  try {
    const parsed = v.safeParse(Manifest, JSON.parse(json));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** What people call the families. */
export const FAMILY_NAMES: Readonly<Record<FamilyName, string>> = {
  llama: 'Llama', mistral: 'Mistral', qwen2: 'Qwen 2', qwen3: 'Qwen 3', gemma3: 'Gemma 3', gpt2: 'GPT-2',
};

/** Numbers of a student with this configuration. */
export function parameterCount(config: ModelConfig): number {
  return paramShapes(config).reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** What an opened student is, for showing. */
export interface StudentFacts {
  title: string;
  config: ModelConfig;
  parameters: number;
  /** Of the numbers as they lie in their files. */
  bytes: number;
  /** Of most numbers first. */
  formats: NumberFormat[];
  /** Tokens that its tokenizer knows. */
  tokens: number;
  /** It ships a chat template: questions and answers are turns of a conversation. */
  chat: boolean;
  adapter?: AdapterSettings;
  /** Names of its linear layers, as an adapter may list them. */
  targets: string[];
  /** Why it cannot be written as a GGUF file; absent where it can. */
  noGguf?: string;
}

export function factsOf(student: Student): StudentFacts {
  const { name, config, params, tokenizer, chat, adapter } = student;
  const counts = new Map<NumberFormat, number>();
  for (const { format, shape } of params.values()) counts.set(format, (counts.get(format) ?? 0) + shape.reduce((a, b) => a * b, 1));
  const formats = [...counts].sort(([, a], [, b]) => b - a);
  return {
    title: name, config, parameters: formats.reduce((sum, [, count]) => sum + count, 0), formats: formats.map(([format]) => format),
    bytes: formats.reduce((sum, [format, count]) => sum + bytesOf(format, count), 0), tokens: tokenizer.size, chat: chat !== undefined,
    adapter: adapter?.settings, targets: targetNames(config), noGguf: ggufRefusal(student),
  };
}
