/** The command line: the same jobs as the page, in Node. Exit status 0 only on success. */
import { setMaxListeners } from 'node:events';
import { describeError, errorRecord, StudioError } from '../core/errors';
import { elapsed } from '../core/clock';
import { type Command, readArguments } from './command';
import { openTerminal } from './terminal';

/** Loaded when asked for: most need an engine that the others do not. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  selftest: async () => (await import('./selftest')).selftestCommand,
  tune: async () => (await import('./tune')).tuneCommand,
  nll: async () => (await import('./nll')).nllCommand,
  inspect: async () => (await import('./inspect')).inspectCommand,
  tokenize: async () => (await import('./tokenize')).tokenizeCommand,
  generate: async () => (await import('./generate')).generateCommand,
  fit: async () => (await import('./fit')).fitCommand,
  train: async () => (await import('./train')).trainCommand,
  export: async () => (await import('./export')).exportCommand,
  evaluate: async () => (await import('./evaluate')).evaluateCommand,
  'edit-skills': async () => (await import('./editSkills')).editSkillsCommand,
  skills: async () => (await import('./skills')).skillsCommand,
  benchmark: async () => (await import('./benchmark')).benchmarkCommand,
  report: async () => (await import('./report')).reportCommand,
  overrule: async () => (await import('./overrule')).overruleCommand,
  'what-if': async () => (await import('./whatIf')).whatIfCommand,
  grpo: async () => (await import('./grpo')).grpoCommand,
  run: async () => (await import('./run')).runCommand,
  batch: async () => (await import('./batch')).batchCommand,
  label: async () => (await import('./label')).labelCommand,
  ledger: async () => (await import('./ledger')).ledgerCommand,
  synthesise: async () => (await import('./synthesise')).synthesiseCommand,
  profile: async () => (await import('./profile')).profileCommand,
  connect: async () => (await import('./connect')).connectCommand,
  worlds: async () => (await import('./worlds')).worldsCommand,
  pretrain: async () => (await import('./pretrain')).pretrainCommand,
};

const NOTICE = 'Stopping after the step in flight. What is done is kept; press Ctrl-C again to stop at once.';
const SECOND_SIGNAL_MS = 1500;

async function main(args: string[]): Promise<number> {
  const json = args.includes('--json');
  const terminal = openTerminal(process.stderr);
  try {
    const [name, ...rest] = args;
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      await write(await help());
      return name === undefined ? 1 : 0;
    }
    if (!Object.hasOwn(COMMANDS, name)) {
      throw new StudioError('cli-unknown-command', `There is no command "${name}".`, { remedy: `The commands are ${Object.keys(COMMANDS).join(', ')}.` });
    }
    const command = await COMMANDS[name]();
    const given = readArguments(command, rest);
    if (given.flag('help')) {
      await write(`${command.summary}\n\n  ${command.usage}\n`);
      return 0;
    }
    const result = await command.run(given, { terminal, signal: stopSignal((line) => terminal.note(line)) });
    await write(json ? `${JSON.stringify(result.json)}\n` : `${result.text}\n`);
    return 0;
  } catch (thrown) {
    const error = errorRecord(thrown);
    terminal.note(describeError(error));
    if (error.code === 'unexpected' && thrown instanceof Error && thrown.stack) terminal.note(thrown.stack);
    if (json) await write(`${JSON.stringify({ error })}\n`);
    return 1;
  }
}

/** Aborted by the first Ctrl-C. It reaches this process twice, from the terminal and from the script that started it: only a later one is a second. */
function stopSignal(note: (line: string) => void): AbortSignal {
  const stop = new AbortController();
  // Every request to a teacher listens to it, and many are under way at once.
  setMaxListeners(0, stop.signal);
  let first: number | undefined;
  const onSignal = () => {
    if (first !== undefined && elapsed() - first > SECOND_SIGNAL_MS) process.exit(130);
    if (first === undefined) note(NOTICE);
    first ??= elapsed();
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return stop.signal;
}

async function help(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: stat <command> [--json] [--gpu NAME|cpu|software]\n\n${lines.join('\n')}\n\nstat <command> --help shows its options.\n`;
}

function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));
}

// Dawn keeps the event loop alive, and a device may still be compiling: leave on purpose.
process.exit(await main(process.argv.slice(2)));
