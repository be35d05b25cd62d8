/** `worlds`: the built-in curricula, and what each can and cannot show. */
import { worlds as builtIn } from '../data/worlds';
import type { Command, Result } from './command';

export const worldsCommand: Command = {
  name: 'worlds',
  summary: 'Lists the built-in worlds, and what each can and cannot show.',
  usage: 'worlds',
  options: {},
  async run(): Promise<Result> {
    const worlds = builtIn.map(({ id, title, shows, cannotShow, skills }) => ({ id, title, shows, cannotShow, skills }));
    const text = worlds.map((world) => `${world.id}  ${world.title}, ${world.skills.length} skills\n   Shows: ${world.shows}\n   Cannot show: ${world.cannotShow}`);
    return { json: { worlds }, text: text.join('\n') };
  },
};
