/** What a command of the line is, and how its options are read. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { StudioError } from '../core/errors';
import type { Terminal } from './terminal';

export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** The arguments as a person would type them. */
  usage: string;
  options: NonNullable<ParseArgsConfig['options']>;
  /** Names of the positional arguments, all required. */
  positionals?: string[];
  run(given: Given, context: Context): Promise<Result>;
}

export interface Context {
  terminal: Terminal;
  /** Aborted by Ctrl-C: what is done is kept, the command says so. */
  signal: AbortSignal;
}

/** `json` is the document for `--json`; `text` what a person reads without it. */
export interface Result {
  json: unknown;
  text: string;
}

const COMMON = { json: { type: 'boolean' }, gpu: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;

/** The arguments of one call, read with their units checked. */
export class Given {
  constructor(private readonly command: Command, private readonly values: Record<string, unknown>, readonly positionals: string[]) {}

  flag(name: string): boolean {
    return this.values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === 'string' ? value : undefined;
  }

  needed(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw argumentError(this.command, `--${name} is missing.`);
    return value;
  }

  /** A finite number in [low, high]; `fallback` when not given. */
  number(name: string, fallback: number, low = 0, high = Number.MAX_SAFE_INTEGER): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < low || value > high) {
      throw argumentError(this.command, `--${name} must be a number ${range(low, high)}, not "${text}".`);
    }
    return value;
  }

  integer(name: string, fallback: number, low = 0, high = Number.MAX_SAFE_INTEGER): number {
    const value = this.number(name, fallback, low, high);
    if (!Number.isInteger(value)) throw argumentError(this.command, `--${name} must be a whole number, not "${this.text(name)}".`);
    return value;
  }

  /** Whole numbers between commas: `0,1,2`. */
  integers(name: string): number[] | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^\d+(,\d+)*$/.test(text)) throw argumentError(this.command, `--${name} must be whole numbers between commas, not "${text}".`);
    return text.split(',').map(Number);
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const text = this.text(name) ?? fallback;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) {
      throw argumentError(this.command, `--${name} must be one of ${choices.join(', ')}${text === undefined ? '' : `, not "${text}"`}.`);
    }
    return found;
  }
}

/** Reads the arguments of `command`; an unknown or malformed one is a plain sentence. */
export function readArguments(command: Command, args: string[]): Given {
  const expected = command.positionals ?? [];
  try {
    const { values, positionals } = parseArgs({ args, options: { ...COMMON, ...command.options }, allowPositionals: true, strict: true });
    if (!values.help && positionals.length !== expected.length) {
      const wanted = expected.length === 0 ? 'takes no arguments besides its options' : `takes ${expected.join(' and ')}`;
      throw argumentError(command, `${command.name} ${wanted}.`);
    }
    return new Given(command, values, positionals);
  } catch (thrown) {
    if (thrown instanceof StudioError) throw thrown;
    throw argumentError(command, thrown instanceof Error ? firstSentence(thrown.message) : String(thrown));
  }
}

function argumentError(command: Command, message: string): StudioError {
  return new StudioError('cli-arguments', message, { remedy: `Usage: ${command.usage}` });
}

function firstSentence(message: string): string {
  const sentence = message.split('. ')[0].split('\n')[0];
  return sentence.endsWith('.') ? sentence : `${sentence}.`;
}

function range(low: number, high: number): string {
  if (high === Number.MAX_SAFE_INTEGER) return `of at least ${low}`;
  return `between ${low} and ${high}`;
}
