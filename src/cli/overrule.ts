/** `overrule`: counts one stored answer as right or wrong, or as its grader said. */
import { openFileStore } from '../store/fileStore';
import { overruleAnswer } from '../studio/overrule';
import type { Command, Result } from './command';
import { listFolder } from './folders';

const verdicts = { right: true, wrong: false, graded: undefined };

export const overruleCommand: Command = {
  name: 'overrule',
  summary: 'Counts a stored answer as right or wrong by hand; reports count it so from then on.',
  usage: 'overrule --run DIR --answer PROJECT/RUN/SET/QUESTION --as right|wrong|graded',
  options: { run: { type: 'string' }, answer: { type: 'string' }, as: { type: 'string' } },
  async run(given): Promise<Result> {
    const folder = given.needed('run');
    const as = given.choice('as', ['right', 'wrong', 'graded']);
    await listFolder(folder);
    const { key, correct, rule, overruled } = await overruleAnswer(await openFileStore(folder), given.needed('answer'), verdicts[as]);
    return { json: { answer: key, correct, rule, overruled }, text: `${key} counts as ${correct ? 'right' : 'wrong'} (${rule}).` };
  },
};
