/** `edit-skills`: renames, merges, splits and corrections of a stored project's skills, from a file; or one step back. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { decodeText } from '../data/decodeText';
import { editedSkills } from '../stat/skillEdits';
import { openFileStore } from '../store/fileStore';
import { changeSkills } from '../studio/skillEdits';
import type { Command, Result } from './command';
import { listFolder, readNamedFile } from './folders';

const name = v.pipe(v.string(), v.maxLength(200));
const Edits = v.pipe(v.array(v.variant('kind', [
  v.strictObject({ kind: v.literal('rename'), from: name, to: name }),
  v.strictObject({ kind: v.literal('merge'), from: v.pipe(v.array(name), v.maxLength(200)), into: name }),
  v.strictObject({ kind: v.literal('split'), skill: name, into: name, containing: name }),
  v.strictObject({ kind: v.literal('label'), questionId: name, skills: v.pipe(v.array(name), v.maxLength(50)) }),
  v.strictObject({ kind: v.literal('accept'), questionId: name }),
  v.strictObject({ kind: v.literal('undo') }),
  v.strictObject({ kind: v.literal('redo') }),
])), v.maxLength(100_000));

export const editSkillsCommand: Command = {
  name: 'edit-skills',
  summary: 'Renames, merges, splits and corrects the skills of a project that has no profile yet.',
  usage: 'edit-skills --run DIR --project ID --edits EDITS.json   [{"kind":"merge","from":["plus"],"into":"add"}, {"kind":"undo"}, …]',
  options: { run: { type: 'string' }, project: { type: 'string' }, edits: { type: 'string' } },
  async run(given): Promise<Result> {
    const folder = given.needed('run');
    const id = given.needed('project');
    const edits = readEdits(decodeText(await readNamedFile(given.needed('edits')), given.needed('edits')));
    await listFolder(folder);
    const store = await openFileStore(folder);
    if (!(await store.get('projects', id))) throw new StudioError('cli-no-project', `"${folder}" holds no project "${id.slice(0, 100)}".`);
    const log = await changeSkills(store, id, edits);
    const skills = editedSkills(await store.where('skills', 'projectId', id), log.edits).map((skill) => skill.name);
    return { json: { edits: log.edits.length, undone: log.undone.length, skills }, text: `${log.edits.length} edits; the skills are ${skills.join(', ')}.` };
  },
};

function readEdits(text: string): v.InferOutput<typeof Edits> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new StudioError('cli-bad-edits', 'The edits are not JSON.', { cause });
  }
  const parsed = v.safeParse(Edits, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new StudioError('cli-bad-edits', `The edits cannot be read: ${issue.message}`, { where: v.getDotPath(issue) ?? undefined });
}
