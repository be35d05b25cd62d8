/** `worlds`: the built-in curricula, what each can and cannot show, and one seed's questions as files. */
import { join } from 'node:path';
import type { Splits } from '../data/types';
import { worldById, worlds as builtIn } from '../data/worlds';
import { writeJsonl } from '../data/writeJsonl';
import type { Command, Result } from './command';
import { claimFolder, writeWhole } from './folders';

export const worldsCommand: Command = {
  name: 'worlds',
  summary: 'Lists the built-in worlds, what each can and cannot show, and writes one\u2019s questions to files.',
  usage: 'worlds [--world A|B1 --out DIR [--seed N]]',
  options: { world: { type: 'string' }, seed: { type: 'string' }, out: { type: 'string' } },
  async run(given): Promise<Result> {
    if (given.text('out') !== undefined) {
      const world = worldById(given.choice('world', builtIn.map(({ id }) => id)));
      return writeSplits(world.splits(given.integer('seed', 0)), given.needed('out'));
    }
    const worlds = builtIn.map(({ id, title, shows, cannotShow, skills }) => ({ id, title, shows, cannotShow, skills }));
    const text = worlds.map((world) => `${world.id}  ${world.title}, ${world.skills.length} skills\n   Shows: ${world.shows}\n   Cannot show: ${world.cannotShow}`);
    return { json: { worlds }, text: text.join('\n') };
  },
};

async function writeSplits({ pool, validation, test, outOfDistribution }: Splits, out: string): Promise<Result> {
  await claimFolder(out, false);
  const files = [];
  for (const [name, questions] of Object.entries({ pool, validation, test, ...outOfDistribution })) {
    const file = join(out, `${name}.jsonl`);
    await writeWhole(file, writeJsonl(questions));
    files.push({ file, questions: questions.length });
  }
  return { json: { files }, text: files.map(({ file, questions }) => `${file}: ${questions} questions`).join('\n') };
}
