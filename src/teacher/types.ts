/** Who names skills and judges answers. A teacher sees question, response and skill list; never a hidden label. */

import type { Skill } from '../data/types';

/** What a teacher can be asked, one prompt each (docs/method.md). */
export const TASKS = ['label', 'cluster', 'relabel', 'judge', 'score', 'grade', 'write', 'solve', 'rewrite'] as const;
export type Task = (typeof TASKS)[number];

/** The row a request is about, so that a rejection can be shown with it. */
interface OfRow {
  row?: string;
}

/** How many names a reply lost, to be counted and shown. */
export interface Lost {
  /** Names that are not on the skill list. */
  offList: number;
  /** Listed names past the fifth. */
  cut: number;
}

/** `skills` empty: the teacher names one fine-grained skill freely (the first pass of building a list). */
export interface LabelRequest extends OfRow {
  question: string;
  skills: Skill[];
}

export interface LabelReply {
  /** At most five names, the main one first; from the list, where one was given. */
  skills: string[];
  reason: string;
  lost?: Lost;
}

export interface ClusterRequest extends OfRow {
  /** Fine-grained names, as `label` found them. */
  names: string[];
  /** At most so many skills. */
  most: number;
}

export interface ClusterReply {
  skills: (Skill & { /** The names it takes in; every name asked about is in exactly one skill. */ members: string[] })[];
}

/** Exactly one skill of the list. */
export interface RelabelRequest extends OfRow {
  question: string;
  skills: Skill[];
}

export interface RelabelReply {
  skill: string;
  reason: string;
}

export interface JudgeRequest extends OfRow {
  question: string;
  /** What the student wrote. */
  response: string;
  skills: Skill[];
  /** Draws another verdict than the first. */
  draw?: number;
}

export interface JudgeReply {
  /** The teacher thinks the response is right. */
  judgedCorrect: boolean;
  /** At most five names from the list: the skills the response shows to be missing. */
  missing: string[];
  /** Quotes the response where it first went wrong. */
  reason: string;
  lost?: Lost;
}

export interface ScoreRequest extends OfRow {
  question: string;
  steps: string[];
}

export interface ScoreReply {
  /** One a step, in [0, 1]: how sure the teacher is that the step is right and helps. */
  scores: number[];
}

/** The one request that shows the reference answer. */
export interface GradeRequest extends OfRow {
  question: string;
  reference: string;
  response: string;
}

export interface GradeReply {
  correct: boolean;
  reason: string;
}

export interface WriteRequest extends OfRow {
  /** The skill to stress. */
  skill: Skill;
  /** Pool questions that carry the skill, with their answers. */
  parents: { question: string; answer: string }[];
  /** Draws one of several questions of the same parents. */
  draw?: number;
}

export interface WriteReply {
  question: string;
  reason: string;
}

export interface SolveRequest extends OfRow {
  question: string;
  /** Draws one of several solutions. */
  draw?: number;
}

export interface SolveReply {
  /** The whole working, ending in the final answer. */
  answer: string;
  /** The final answer alone. */
  final: string;
}

export interface RewriteRequest extends OfRow {
  question: string;
  answer: string;
  draw?: number;
}

export type RewriteReply = SolveReply;

export interface Teacher {
  name: string;
  kind: 'rules' | 'chat' | 'replay';
  /** One plain sentence for people. */
  describe: string;
  label(request: LabelRequest): Promise<LabelReply>;
  judge(request: JudgeRequest): Promise<JudgeReply>;
  // Only a language model can do the rest.
  cluster?(request: ClusterRequest): Promise<ClusterReply>;
  relabel?(request: RelabelRequest): Promise<RelabelReply>;
  score?(request: ScoreRequest): Promise<ScoreReply>;
  grade?(request: GradeRequest): Promise<GradeReply>;
  write?(request: WriteRequest): Promise<WriteReply>;
  solve?(request: SolveRequest): Promise<SolveReply>;
  rewrite?(request: RewriteRequest): Promise<RewriteReply>;
}
