/** Fills this browser's store with a plausible project, so that the pages can be looked at before a real one has run. Never shipped. */
import { Random } from '../../../src/core/random';
import type { Question, Response } from '../../../src/data/types';
import { worldById } from '../../../src/data/worlds';
import { buildTrainingSet, presentationOrder } from '../../../src/stat/arms';
import { profileFrom } from '../../../src/stat/profile';
import { effectiveSampleSize } from '../../../src/stat/select';
import type { MissingSkills } from '../../../src/stat/types';
import { openBrowserStore } from '../../../src/store/dexieStore';
import type { MetricsRow, ResponseRow, RunRow } from '../../../src/store/types';
import { demoProject } from '../../../src/studio/project';

const query = new URLSearchParams(location.search);
const worldId = query.get('world') === 'B1' ? 'B1' : 'A';
const upTo = query.get('to') ?? 'compare';
const world = worldById(worldId);
const store = openBrowserStore();
const project = demoProject(worldId, 0, `look-${worldId}-${upTo}`);
const splits = world.splits(0);
const gaps = new Set(world.plantedGaps(0));
const random = new Random(1, 'look');

function answer(question: Question, gain: number): Response {
  const weak = gaps.has(question.skills[0]);
  const right = random.float() < (weak ? 0.45 + gain : 0.94 - gain * 0.1);
  const text = right ? question.answer : question.answer.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10));
  return {
    questionId: question.id,
    text,
    correct: text === question.answer,
    extracted: text.split('#')[1],
    rule: 'after #, exact',
  };
}

async function answerAll(runId: string, set: ResponseRow['set'], questions: Question[], gain: number): Promise<ResponseRow[]> {
  const rows = questions.map((question) => ({
    ...answer(question, gain),
    key: `${project.id}/${runId}/${set}/${question.id}`,
    projectId: project.id,
    runId,
    set,
  }));
  await store.put('responses', rows);
  return rows;
}

await store.put('projects', [project]);
if (upTo !== 'data') {
  await store.put(
    'skills',
    world.skills.map((skill) => ({ ...skill, key: `${project.id}/${skill.name}`, projectId: project.id })),
  );
  for (const set of ['pool', 'validation'] as const) {
    for (let start = 0; start < splits[set].length; start += 1000) {
      const skills = splits[set].slice(start, start + 1000).map((question) => question.skills);
      await store.put('labels', [
        { key: `${project.id}/${set}/${String(start).padStart(8, '0')}`, projectId: project.id, set, start, skills },
      ]);
    }
  }
  const answers = await answerAll('base', 'validation', splits.validation, 0);
  const byId = new Map(splits.validation.map((question) => [question.id, question]));
  const judgements: MissingSkills[] = answers
    .filter((row) => !row.correct)
    .map((row) => {
      const skills = byId.get(row.questionId)?.skills ?? [];
      const missing = skills.slice(0, random.float() < 0.4 ? 2 : 1);
      return {
        questionId: row.questionId,
        judgedCorrect: false,
        missing,
        reason: `The last step of “${row.text}” is wrong; the set-up before it is right.`,
      };
    });
  const profile = profileFrom(judgements, splits.validation);
  await store.put('profiles', [{ projectId: project.id, profile, judgements, teacher: 'rule-based' }]);
  const { steps, batch, seed } = project.training;
  for (const arm of project.arms) {
    if (arm.kind === 'base') continue;
    const set = buildTrainingSet(arm, { pool: splits.pool, profile, judgements, presentations: steps * batch, seed });
    await store.put('trainingSets', [{ ...set, key: `${project.id}/${arm.name}`, projectId: project.id, arm: arm.name }]);
    const order = presentationOrder(set, steps * batch, seed);
    const weights = new Map<number, number>();
    for (const at of order) weights.set(set.rows[at], (weights.get(set.rows[at]) ?? 0) + set.weights[at]);
    for (const [i, learningRate] of (arm.learningRates ?? [arm.learningRate]).entries()) {
      const half = upTo === 'train' && arm.kind === 'stat-sel';
      const later = upTo === 'train' && ['stat-sel-replay', 'stat-sel-weighted'].includes(arm.kind);
      const trained = later ? 0 : half ? Math.floor(steps * 0.6) : steps;
      const run: RunRow = {
        id: `${project.id}/${arm.name}@${learningRate}`,
        projectId: project.id,
        arm: arm.name,
        kind: arm.kind,
        learningRate,
        status: later ? 'queued' : half ? 'paused' : upTo === 'train' ? 'evaluating' : 'finished',
        step: trained,
        steps,
        tokens: trained * 900,
        effectiveSampleSize: effectiveSampleSize([...weights.values()]),
        chosen: i === 0,
        validationAccuracy: arm.learningRates ? 0.62 + i * 0.01 : undefined,
      };
      await store.put('runs', [run]);
      const metrics: MetricsRow['steps'] = Array.from({ length: trained }, (_, s) => ({
        step: s + 1,
        loss: 0.9 * Math.exp(-s / 40) + 0.22 + random.normal() * 0.05,
        gradNorm: 1.2 + random.float(),
        learningRate: learningRate * Math.min((s + 1) / 10, 1 - (s / steps) * 0.95),
        tokens: 850 + random.below(100),
        msPerStep: 300 + random.below(40),
      }));
      if (trained > 0)
        await store.put('metrics', [{ key: `${run.id}/00000001`, runId: run.id, projectId: project.id, steps: metrics }]);
      if (upTo === 'compare' && i === 0) {
        const gain = { sft: 0.02, balanced: 0.22, shuffled: 0.2 }[arm.kind as string] ?? 0.25;
        await answerAll(run.id, 'test', splits.test, gain);
        for (const [name, questions] of Object.entries(splits.outOfDistribution))
          await answerAll(run.id, `ood:${name}`, questions, gain * 0.6 - 0.3);
      }
    }
  }
  if (upTo === 'compare') {
    await answerAll('base', 'test', splits.test, 0);
    for (const [name, questions] of Object.entries(splits.outOfDistribution))
      await answerAll('base', `ood:${name}`, questions, -0.3);
  }
}
document.title = 'seeded';
document.body.textContent = project.id;
