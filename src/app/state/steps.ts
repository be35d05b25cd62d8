/** The rail: what each step is, and how far a project has come. Pure, so that it is tested without a page. */
import { STAGES, type Stage } from '../../worker/protocol';

export interface Step {
  stage: Stage;
  title: string;
  /** The question the page answers. */
  question: string;
  /** What the button that does the work says. */
  action: string;
  /** What happens here and why, in a sentence or three. */
  lead: string;
}

export const STEPS: readonly Step[] = [
  {
    stage: 'data',
    title: 'Data',
    question: 'What will the student learn from, and be asked?',
    action: 'Prepare the data',
    lead:
      'The pool is what the student may practise on. Validation finds out what it lacks. Test and the out-of-' +
      'distribution sets are asked only at the end, and share no question text with the others.',
  },
  {
    stage: 'skills',
    title: 'Skills',
    question: 'Which skills do the questions need?',
    action: 'Label the skills',
    lead:
      'A teacher reads every question and names the skills it needs. The list of which questions carry which skill is ' +
      'the Skill-Map: it is how practice for a missing skill is found again later.',
  },
  {
    stage: 'student',
    title: 'Student',
    question: 'Who is being taught?',
    action: 'Load the student',
    lead:
      'A small language model that runs in this tab: one shipped with the studio, whose past held some skills only rarely, or ' +
      'one of your own.',
  },
  {
    stage: 'diagnose',
    title: 'Diagnose',
    question: 'What can the student answer, and what not?',
    action: 'Ask the student',
    lead:
      'The student answers every validation question on its own, and each answer is graded against the reference. The ' +
      'questions it gets wrong are called difficult: they are where the next step looks.',
  },
  {
    stage: 'profile',
    title: 'Profile',
    question: 'Which skills are missing?',
    action: 'Judge the wrong answers',
    lead:
      'For each difficult question the teacher reads what the student wrote and says which skills it lacked there. ' +
      'Counted up, its verdicts are the Missing-Skill-Profile.',
  },
  {
    stage: 'adapt',
    title: 'Adapt',
    question: 'What should it practise instead?',
    action: 'Build the training sets',
    lead:
      'Each arm is one way of building the training set from the same pool. All arms get the same number of steps and ' +
      'the same seed, so that only the data differ.',
  },
  {
    stage: 'train',
    title: 'Train',
    question: 'How does each training set teach?',
    action: 'Train the arms',
    lead:
      'One run an arm, each from the same untouched student, in the tab, in a worker. Every few seconds the whole state ' +
      'is kept, so that a closed tab goes on from there to the same result.',
  },
  {
    stage: 'compare',
    title: 'Compare',
    question: 'What changed, skill by skill?',
    action: 'Ask the test questions',
    lead:
      'The untouched student and every arm answer the same test questions, which none of them has seen. Missing and ' +
      'known skills are shown apart: a mean over both can hide that one was paid for with the other.',
  },
];

export function stepOf(stage: Stage): Step {
  return STEPS[STAGES.indexOf(stage)];
}

export function nextStep(stage: Stage): Step | undefined {
  return STEPS[STAGES.indexOf(stage) + 1];
}

export type StepState = 'done' | 'running' | 'ready' | 'blocked';

/** What is kept of a project: enough to tell which steps are done. Totals are 0 while they are not known yet. */
export interface Kept {
  project: boolean;
  /** Pool and validation questions with labels. */
  labelled: number;
  toLabel: number;
  /** The untouched student's graded answers on validation. */
  answered: number;
  toAnswer: number;
  /** What the rule of difficulty still wants to know: samples, or scores of steps. */
  pending: number;
  /** Verdicts on wrong answers; undefined while there is no profile. */
  judged: number | undefined;
  toJudge: number;
  runs: readonly { status: string; arm: string }[];
  /** Arms that train. */
  arms: number;
}

/** The stages whose outcome is kept whole. Loading a student keeps nothing, so that counts as done once it has answered. */
export function doneStages(kept: Kept): Set<Stage> {
  const done = new Set<Stage>();
  if (!kept.project) return done;
  done.add('data');
  const profiled = kept.judged !== undefined && kept.judged >= kept.toJudge;
  const built = profiled && new Set(kept.runs.map((run) => run.arm)).size >= kept.arms && kept.arms > 0;
  if (kept.answered > 0 || (kept.toLabel > 0 && kept.labelled >= kept.toLabel)) done.add('skills');
  if (kept.answered > 0) done.add('student');
  if (kept.judged !== undefined || (kept.toAnswer > 0 && kept.answered >= kept.toAnswer && kept.pending === 0)) done.add('diagnose');
  if (profiled) done.add('profile');
  if (built) done.add('adapt');
  if (built && kept.runs.every((run) => run.status === 'evaluating' || run.status === 'finished')) done.add('train');
  if (built && kept.runs.every((run) => run.status === 'finished')) done.add('compare');
  return done;
}

/** Each step's state for the rail. `running` is the stage at work, if any. */
export function stepStates(done: ReadonlySet<Stage>, running: Stage | undefined): Record<Stage, StepState> {
  const states = {} as Record<Stage, StepState>;
  let open = true; // the first step that is not done is ready; those behind it are blocked
  for (const stage of STAGES) {
    if (stage === running) states[stage] = 'running';
    else if (done.has(stage)) states[stage] = 'done';
    else states[stage] = open ? 'ready' : 'blocked';
    if (!done.has(stage)) open = false;
  }
  return states;
}

/** The steps before `stage` that are still to do, in order. */
export function missingBefore(stage: Stage, done: ReadonlySet<Stage>): Step[] {
  return STEPS.slice(0, STAGES.indexOf(stage)).filter((step) => !done.has(step.stage));
}
