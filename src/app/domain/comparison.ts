/** The arms side by side, as far as their answers go: against the untouched student and against plain fine-tuning. Pure. */
import type { Question, Response } from '../../data/types';
import { missingAndKnown, pairedCounts, perSkill, type SkillBar, type SkillCounts } from '../../stat/report';
import type { ArmKind, PairedCounts } from '../../stat/types';

/** One student's answers: the untouched one, or what an arm's chosen run made of it. */
export interface Answered {
  arm: string;
  kind: ArmKind;
  /** Set name → answers. */
  sets: ReadonlyMap<string, readonly Response[]>;
}

export interface ArmResult {
  arm: string;
  kind: ArmKind;
  /** Against the untouched student, each set it has answered. */
  sets: { set: string; counts: PairedCounts }[];
  /** On the test set, against plain fine-tuning; absent for plain fine-tuning itself, and while that has no answers. */
  againstSft?: PairedCounts;
  /** By main skill on the test set, against the untouched student. */
  skills: SkillCounts[];
  /** Mean over the missing and over the other skills on the test set. */
  missing?: SkillBar;
  known?: SkillBar;
}

/** `questions`: the test questions that were asked. Only arms that have answered all of them are in the result. */
export function armResult(
  answered: Answered,
  base: Answered,
  sft: Answered | undefined,
  questions: readonly Question[],
  missingSkills: readonly string[],
): ArmResult | undefined {
  const before = base.sets.get('test') ?? [];
  const after = answered.sets.get('test') ?? [];
  if (questions.length === 0 || after.length < questions.length) return undefined;
  const skills = perSkill(questions, before, after);
  const plain = sft?.sets.get('test');
  return {
    arm: answered.arm,
    kind: answered.kind,
    sets: [...base.sets].sort(testFirst).flatMap(([set, first]) => {
      const second = answered.sets.get(set);
      return set !== 'validation' && second && second.length >= first.length
        ? [{ set, counts: pairedCounts(first, second) }]
        : [];
    }),
    againstSft: plain && plain.length >= questions.length && answered.kind !== 'sft' ? pairedCounts(plain, after) : undefined,
    skills,
    ...missingAndKnown(skills, missingSkills),
  };
}

function testFirst([a]: [string, unknown], [b]: [string, unknown]): number {
  return Number(b === 'test') - Number(a === 'test') || (a < b ? -1 : 1);
}

/** Whether a difference can be told from chance: `better`, `worse`, or `within noise` when its interval covers zero. */
export function inWords(counts: Pick<PairedCounts, 'difference' | 'low' | 'high'>): 'better' | 'worse' | 'within noise' {
  if (counts.low > 0) return 'better';
  if (counts.high < 0) return 'worse';
  return 'within noise';
}
