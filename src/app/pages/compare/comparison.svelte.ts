/** The comparison of the open project, growing arm by arm as their answers are kept. */
import { worldById } from '../../../data/worlds';
import type { World } from '../../../data/types';
import type { ResponseRow, RunRow } from '../../../store/types';
import { armResult, type Answered, type ArmResult } from '../../domain/comparison';
import { Loaded } from '../../state/live.svelte';
import type { ProjectState } from '../../state/project.svelte';

/** Skills called missing where nobody planted any: the top of the profile. */
const PROFILE_TOP = 5;

export class Comparison {
  readonly world: World | undefined = $derived.by(() => {
    const source = this.project.project?.source;
    return source?.kind === 'world' ? worldById(source.world) : undefined;
  });
  /** Known from how the student was made in a world; from its profile otherwise. */
  readonly missingFrom: 'planted' | 'profile' = $derived.by(() => (this.world ? 'planted' : 'profile'));
  readonly missingSkills: string[] = $derived.by(() => {
    const source = this.project.project?.source;
    if (source && this.world) return this.world.plantedGaps(source.seed);
    const entries = this.project.profile?.profile.entries ?? [];
    return entries
      .filter((entry) => entry.count > 0)
      .slice(0, PROFILE_TOP)
      .map((entry) => entry.skill);
  });
  readonly answered: (Answered & { runId: string })[] = $derived.by(() => byArm(this.#rows.value ?? [], this.project.runs));
  /** Every stored answer, samples too. */
  readonly rows: readonly ResponseRow[] = $derived.by(() => this.#rows.value ?? []);
  readonly results: ArmResult[] = $derived.by(() => {
    const base = this.answered.find((one) => one.kind === 'base');
    const questions = this.project.questions?.test;
    if (!base || !questions) return [];
    const sft = this.answered.find((one) => one.kind === 'sft');
    return this.answered.flatMap((one) => armResult(one, base, sft, questions, this.missingSkills) ?? []);
  });
  readonly #rows: Loaded<ResponseRow[]>;

  constructor(readonly project: ProjectState) {
    const { store } = project.session;
    // Read again when a run ends, not at every answer: a project has some ten thousand of them.
    const finished = $derived(
      project.runs
        .filter((run) => run.status === 'finished')
        .map((run) => run.id)
        .join(),
    );
    this.#rows = new Loaded(() => {
      void finished;
      void project.overruled;
      return store.where('responses', 'projectId', project.id);
    });
  }
}

/** The base first, then the chosen run of each arm, in the project's order. */
function byArm(rows: readonly ResponseRow[], runs: readonly RunRow[]): (Answered & { runId: string })[] {
  const byRun = new Map<string, Map<string, ResponseRow[]>>();
  for (const row of rows) {
    const sets = byRun.get(row.runId) ?? new Map<string, ResponseRow[]>();
    const list = sets.get(row.set);
    if (list) list.push(row);
    else sets.set(row.set, [row]);
    byRun.set(row.runId, sets);
  }
  const none = new Map<string, ResponseRow[]>();
  return [
    { arm: 'base', runId: 'base', kind: 'base' as const, sets: byRun.get('base') ?? none },
    ...runs.filter((run) => run.chosen).map((run) => ({ arm: run.arm, runId: run.id, kind: run.kind, sets: byRun.get(run.id) ?? none })),
  ];
}
