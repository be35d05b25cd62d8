/** `fit`: what training would hold on this device, or on one with the limits that all grant, from a student's configuration alone. */
import { StudioError } from '../core/errors';
import { PACKINGS } from '../gpu/packing';
import { DEFAULT_DEVICE } from '../gpu/rehearsal';
import { parseConfig } from '../model/config';
import type { ModelConfig, StudentShape } from '../model/types';
import { answeringMemory, fullSizes, tryTraining, type TrainingPlan } from '../train/memory';
import { reinforcementPlan, type ReinforcementSizes } from '../train/reinforcementPlan';
import { gigabytes } from '../train/room';
import { ADAPTER_OPTIONS, ADAPTER_USAGE, adapterSettings } from './adapterOptions';
import type { Command, Given, Result } from './command';
import { readNamedFile, readStudent } from './folders';
import { MEMORY_OPTIONS, MEMORY_USAGE, memoryReport, methodOf, roomOf } from './memoryReport';
import { openNodeEngine } from './nodeEngine';

export const fitCommand: Command = {
  name: 'fit',
  summary: 'What training a student would hold on this device, by part, and which settings fit.',
  usage: `fit --student DIR|--config config.json [--batch 4] [--context 512] [${ADAPTER_USAGE}] [--base f32|f16|q8|q4] ${MEMORY_USAGE} [--grpo [--questions 16] [--group 8] [--max-tokens 40] [--updates-each 1] [--kl 0]] [--default-limits | --try]`,
  options: {
    student: { type: 'string' }, config: { type: 'string' }, base: { type: 'string' }, batch: { type: 'string' }, context: { type: 'string' },
    grpo: { type: 'boolean' }, questions: { type: 'string' }, group: { type: 'string' }, 'max-tokens': { type: 'string' }, 'updates-each': { type: 'string' }, kl: { type: 'string' },
    'default-limits': { type: 'boolean' }, try: { type: 'boolean' }, ...ADAPTER_OPTIONS, ...MEMORY_OPTIONS,
  },
  async run(given, { terminal }): Promise<Result> {
    const config = await configOf(given);
    const settings = adapterSettings(given, config);
    const base = given.choice('base', ['f32', ...PACKINGS] as const, 'f32');
    const context = given.integer('context', Math.min(512, config.context), 1, config.context);
    const batch = given.integer('batch', 4, 1, 65536);
    const student: StudentShape = { config, ...(settings && { adapter: { settings } }), ...(base !== 'f32' && { packing: base }) };
    const engine = given.flag('default-limits') ? undefined : await openNodeEngine(given, terminal);
    const device = engine?.shape ?? DEFAULT_DEVICE;
    const how = { ...methodOf(given), accumulate: given.integer('accumulate', 1, 1) };
    const grpo = given.flag('grpo') ? rolloutsOf(given, context) : undefined;
    const plan: TrainingPlan = grpo ? reinforcementPlan(device, student, { ...grpo, ...how }, context - grpo.maxTokens - 1)
      : { ...student, ...how, sizesOf: fullSizes(device, student, batch, context) };
    const report = await memoryReport(device, plan, roomOf(given, engine?.room));
    const answering = await answeringMemory(device, student, { slots: 1, context, maxTokens: context });
    const held = given.flag('try') && engine ? await tryTraining(engine, plan) : undefined;
    const tried = held === undefined ? '' : `\nTaken for a moment to try it: ${gigabytes(held)}.`;
    const what = grpo ? `Reinforcing ${grpo.questions} questions of ${grpo.group} answers a batch, ${context} tokens each with its question` : `Training on ${batch} examples of ${context} tokens a step`;
    const text = `${what}:\n${report.text}\nOne answer at a time takes ${gigabytes(answering.total)}, of which keys and values ${gigabytes(answering.parts.cache)}.${tried}`;
    return { json: { batch, context, grpo, training: report.json, held, answering }, text };
  },
};

/** The sizes of `grpo` that decide what it holds. `context` is of a question with its answer. */
function rolloutsOf(given: Given, context: number): ReinforcementSizes {
  return {
    questions: given.integer('questions', 16, 1), group: given.integer('group', 8, 2), maxTokens: given.integer('max-tokens', Math.min(40, context - 2), 1, context - 2),
    updatesEach: given.integer('updates-each', 1, 1), kl: given.number('kl', 0),
  };
}

async function configOf(given: Given): Promise<ModelConfig> {
  const file = given.text('config');
  if ((file === undefined) === (given.text('student') === undefined)) throw new StudioError('cli-arguments', 'Give either --student or --config.');
  return file === undefined ? (await readStudent(given.needed('student'))).config : parseConfig(new TextDecoder().decode(await readNamedFile(file)));
}
