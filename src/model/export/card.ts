/** The model card of an exported student or adapter: what it was trained on and how. */
import * as v from 'valibot';
import type { Student } from '../types';

const text = v.pipe(v.string(), v.maxLength(500));
const Run = v.object({
  /** The student that training started from. */
  student: text,
  /** Name of the file or set it was trained on, and how many rows of it. */
  data: text,
  rows: v.number(),
  /** Steps, batch, rates and the rest, as the trainer took them. */
  options: v.record(text, v.union([text, v.number(), v.boolean(), v.null()])),
  /** Loss of the first and last step, in nats. */
  firstLoss: v.number(),
  lastLoss: v.number(),
  tokens: v.number(),
  /** The graphics adapter. */
  device: text,
});

/** What is known of a training run; kept beside its result. */
export type RunRecord = v.InferOutput<typeof Run>;

/** The record in a `run.json`; it is only for reading, so one that cannot be read is as good as none. */
export function parseRun(json: string | undefined): RunRecord | undefined {
  try {
    const parsed = v.safeParse(Run, JSON.parse(json ?? 'null'));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** Name of the file that holds a `RunRecord`. */
export const RUN_FILE = 'run.json';

/** A README.md with the front matter that model hubs read. @param run absent: only what the student itself tells. */
export function modelCard(student: Student, run: RunRecord | undefined, kind: 'adapter' | 'student'): string {
  const { config, adapter } = student;
  const base = run?.student ?? student.name;
  const front = ['---', `base_model: ${JSON.stringify(base)}`, ...(kind === 'adapter' ? ['library_name: peft'] : ['library_name: transformers']),
    'pipeline_tag: text-generation', `tags:\n  - stat-studio${adapter ? '\n  - lora' : ''}`, '---'];
  const what = kind === 'adapter'
    ? `A low-rank adapter (LoRA) for ${inCode(base)}, in PEFT's format.`
    : `${inCode(base)}${adapter ? ' with a low-rank adapter merged in' : run ? ', fine-tuned' : ''}.`;
  const shape = `Family ${config.family}, ${config.layers} layers of width ${config.width}, vocabulary ${config.vocab}.`;
  return [...front, '', `# ${inCode(student.name)}`, '', what, shape, '', ...(run ? trained(run) : []), ...(adapter ? ['## Adapter', '', fenced(adapter.settings), ''] : [])].join('\n');
}

function trained({ data, rows, options, firstLoss, lastLoss, tokens, device }: RunRecord): string[] {
  return [
    '## Training', '',
    `Trained in STAT Studio on ${inCode(data)} (${rows} rows, ${tokens} tokens seen), on ${inCode(device)}.`,
    `The loss went from ${firstLoss.toFixed(4)} to ${lastLoss.toFixed(4)} nats.`, '',
    fenced(options), '',
  ];
}

/** Names come from files: none of them may end the code it stands in. */
function inCode(text: string): string {
  return `\`${text.replace(/[`\r\n]/g, ' ').slice(0, 200)}\``;
}

function fenced(value: object): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}
