/** Where a project's skills come from, chosen by a person: the teacher makes a list, or a list or labels are brought as a file. */
import { StudioError } from '../core/errors';
import { readSkillFile, withLabels } from '../data/skillFiles';
import { labelsPath } from '../store/blobPath';
import type { Project, SkillSource, StudioStore } from '../store/types';
import { importedQuestions } from './splits';

/** What came of a file that was brought. */
export interface Brought {
  kind: 'list' | 'labels';
  /** Skills of a list; questions labelled. */
  count: number;
  /** Labels that fit no question. */
  unmatched: number;
}

/** Sets the source, or goes back to the project's own. Throws `studio-too-late` once anything is labelled. */
export async function chooseSkillSource(store: StudioStore, projectId: string, source?: SkillSource): Promise<void> {
  const { skillSource: _, ...project } = await unlabelled(store, projectId);
  await store.put('projects', [source ? { ...project, skillSource: source } : project]);
}

/**
 * A file of skills, or of labels in any shape `readSkillFile` reads. Labels need imported questions; those without a label keep the
 * skills their rows name. Throws `studio-too-late`, `data-no-skills`, `studio-no-match` where the labels are of other questions.
 */
export async function bringSkills(store: StudioStore, projectId: string, bytes: Uint8Array, file: string): Promise<Brought> {
  const project = await unlabelled(store, projectId);
  const { skillSource, labels, ...brought } = await readSkillSource(store, project, bytes, file);
  if (labels) await store.writeBlob(labelsPath(projectId), labels);
  await store.put('projects', [{ ...project, skillSource }]);
  return brought;
}

/** What a file makes of a project's skills; `labels` are to be kept at `labelsPath`. Throws `data-no-skills`, `studio-no-match`. */
export async function readSkillSource(
  store: StudioStore, { source }: Pick<Project, 'source'>, bytes: Uint8Array, file: string,
): Promise<Brought & { skillSource: SkillSource; labels?: Uint8Array }> {
  const read = readSkillFile(bytes, file);
  if (read.kind === 'list') return { kind: 'list', count: read.skills.length, unmatched: 0, skillSource: { kind: 'list', file, skills: read.skills } };
  if (source.kind === 'world') {
    throw new StudioError('studio-no-match', 'A built-in world labels its own questions; labels are brought to imported ones.', { kept: 'Nothing was changed.', remedy: 'Bring a list of skills, or import your questions.' });
  }
  const { labelled, unmatched } = withLabels(await importedQuestions(source.datasetId, store), read.labels);
  if (labelled === 0) {
    throw new StudioError('studio-no-match', `None of the ${read.labels.size} labels is of a question of this project.`, {
      kept: 'Nothing was changed.', remedy: 'Labels are matched by the text of the question: bring those of this data.',
    });
  }
  const labels = new TextEncoder().encode(JSON.stringify({ question2skill: Object.fromEntries(read.labels) }));
  return { kind: 'labels', count: labelled, unmatched, skillSource: { kind: 'labels', file, matched: labelled }, labels };
}

async function unlabelled(store: StudioStore, projectId: string): Promise<Project> {
  const project = await store.get('projects', projectId);
  if (!project) throw new StudioError('studio-no-project', 'This project is not stored any more.');
  if ((await store.where('labels', 'projectId', projectId)).length === 0 && (await store.where('skills', 'projectId', projectId)).length === 0) return project;
  throw new StudioError('studio-too-late', 'This project is labelled already, by the skills it has.', {
    kept: 'Nothing was changed.', remedy: 'Rename, merge or correct them below, or make a new project on the same data.',
  });
}
