/** Who names skills and judges answers. A teacher sees question, response and skill list; never a hidden label or a reference. */

import type { Skill } from '../data/types';

export interface LabelRequest {
  question: string;
  skills: Skill[];
}

export interface LabelReply {
  /** At most five names from the list, the main one first. */
  skills: string[];
  reason: string;
}

export interface JudgeRequest {
  question: string;
  /** What the student wrote. */
  response: string;
  skills: Skill[];
}

export interface JudgeReply {
  /** The teacher thinks the response is right. */
  judgedCorrect: boolean;
  /** At most five names from the list: the skills the response shows to be missing. */
  missing: string[];
  /** Quotes the response where it first went wrong. */
  reason: string;
}

export interface Teacher {
  name: string;
  kind: 'rules' | 'remote' | 'replay';
  /** One plain sentence for people. */
  describe: string;
  label(request: LabelRequest): Promise<LabelReply>;
  judge(request: JudgeRequest): Promise<JudgeReply>;
}
