/** The tokenizer of a student, wherever it lies: tokenizer.json, SentencePiece's tokenizer.model, a GGUF's tables, or a file beside llama2.c's. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { readText, type ByteSource, type SourceFiles } from './byteSource';
import { readGgufHeader } from './gguf/header';
import { GgufMetadata } from './gguf/metadata';
import { tokenizerFromGguf } from './gguf/tokenizer';
import { llama2cTable, openLlama2c, readLlama2cTokenizer } from './llama2c';
import { parseTokenizer } from './tokenizer';
import { tokenizerFromPieces } from './tokenizers/pieces';
import { readSentencePiece } from './tokenizers/sentencePiece';
import { modelFile } from './modelFile';
import type { Tokenizer } from './types';

const MOST_TOKENIZER = 1 << 27;
const MOST_CONFIG = 1 << 24;

/** `tokenizer.json` and `tokenizer_config.json` as texts; made from the tables of other formats where a folder has none. */
export interface TokenizerFiles {
  tokenizer: string;
  config: string;
  /** Name of the file it was read from. */
  from: string;
}

/** @throws StudioError `model-missing-file`, `model-bad-tokenizer` */
export async function openTokenizer(name: string, files: SourceFiles): Promise<{ tokenizer: Tokenizer; files: TokenizerFiles }> {
  const texts = await tokenizerFiles(name, files);
  return { tokenizer: parseTokenizer(texts.tokenizer, texts.config, texts.from), files: texts };
}

export async function tokenizerFiles(name: string, files: SourceFiles): Promise<TokenizerFiles> {
  const model = modelFile(files);
  if (model?.kind === 'gguf') {
    const made = tokenizerFromGguf(new GgufMetadata((await readGgufHeader(model.source, model.name)).metadata, model.name));
    return texts(made, model.name);
  }
  const config = await folderConfig(files);
  const json = files.get('tokenizer.json');
  if (json) return { tokenizer: await readText(json, 'tokenizer.json', MOST_TOKENIZER), config: JSON.stringify(config), from: 'tokenizer.json' };
  if (model?.kind === 'llama2c') return beside(name, model, files);
  const [file, source] = [...files].find(([each]) => each.endsWith('.model')) ?? [];
  if (!file || !source) throw noTokenizer(name, files);
  const table = readSentencePiece(await wholeFile(source, file), file);
  const { add_bos_token: addBos, add_eos_token: addEos } = v.parse(Additions, config);
  const made = tokenizerFromPieces({ ...table, addBos: addBos ?? table.addBos, addEos: addEos ?? table.addEos }, file);
  return texts({ tokenizer: made.tokenizer, config: { ...made.config, ...config } }, file);
}

const Additions = v.object({
  add_bos_token: v.fallback(v.optional(v.boolean()), undefined), add_eos_token: v.fallback(v.optional(v.boolean()), undefined),
});

/** The folder's `tokenizer_config.json`, with a chat template that lies in a file of its own put in its place. */
async function folderConfig(files: SourceFiles): Promise<object> {
  const source = files.get('tokenizer_config.json');
  const template = files.get('chat_template.jinja');
  const config = source ? parseObject(await readText(source, 'tokenizer_config.json', MOST_CONFIG), 'tokenizer_config.json') : {};
  return template ? { ...config, chat_template: await readText(template, 'chat_template.jinja', MOST_CONFIG) } : config;
}

function parseObject(text: string, file: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // said below
  }
  throw new StudioError('model-bad-tokenizer', `${file} is not a JSON object.`, { where: file, kept: 'Nothing was loaded.' });
}

/** Beside a llama2.c model lies a SentencePiece model or llama2.c's own tokenizer file, under any name: the one with as many pieces as the model. */
async function beside(name: string, model: { name: string; source: ByteSource }, files: SourceFiles): Promise<TokenizerFiles> {
  const { vocab } = await openLlama2c(model.source, model.name);
  const seen: string[] = [];
  for (const [file, source] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (file === model.name || !/\.(bin|model)$/.test(file)) continue;
    try {
      const table = file.endsWith('.model') ? llama2cTable(readSentencePiece(await wholeFile(source, file), file)) : await readLlama2cTokenizer(source, file);
      if (table.pieces.length === vocab) return texts(tokenizerFromPieces(table, file), file);
      seen.push(`${file} has ${table.pieces.length} tokens`);
    } catch (thrown) {
      seen.push(thrown instanceof Error ? thrown.message : file);
    }
  }
  if (seen.length === 0) throw noTokenizer(name, files);
  throw new StudioError('model-bad-tokenizer', `No tokenizer beside ${model.name} fits its ${vocab} tokens: ${seen.slice(0, 4).join('; ')}.`, {
    where: model.name, kept: 'Nothing was loaded.', remedy: 'Put the tokenizer it was trained with beside it.',
  });
}

async function wholeFile(source: ByteSource, file: string): Promise<Uint8Array> {
  if (source.size <= MOST_TOKENIZER) return source.read(0, source.size);
  throw new StudioError('model-bad-tokenizer', `${file} has ${source.size} bytes, which no tokenizer has.`, { where: file, kept: 'Nothing was loaded.' });
}

function texts({ tokenizer, config }: { tokenizer: object; config: object }, from: string): TokenizerFiles {
  return { tokenizer: JSON.stringify(tokenizer), config: JSON.stringify(config), from };
}

function noTokenizer(name: string, files: SourceFiles): StudioError {
  return new StudioError('model-missing-file', `"${name}" has no tokenizer.json.`, {
    kept: `It holds ${[...files.keys()].slice(0, 8).join(', ') || 'nothing'}.`,
    remedy: 'A tokenizer is tokenizer.json, SentencePiece’s tokenizer.model, or part of a GGUF file.',
  });
}
