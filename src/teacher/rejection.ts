/** What a teacher replied and why it was not taken: counted, shown with its row, and never used. */
import { StudioError } from '../core/errors';

/** Every ground on which a reply is turned down. */
export const REJECTIONS = {
  'reply-empty': 'The reply is empty.',
  'reply-truncated': 'The reply was cut off before its end.',
  'reply-too-long': 'The reply is longer than any honest one could be.',
  'reply-not-json': 'The reply holds no JSON object.',
  'reply-shape': 'The reply has not the shape that was asked for.',
  'reply-off-list': 'The reply names no skill of the list.',
  'reply-wrong-count': 'The reply has the wrong number of entries.',
  'reply-copy': 'The new question is a copy of one that was given.',
  'reply-markup': 'The reply holds markup or control characters.',
  'row-too-long': 'The row is too long to be sent.',
} as const;

export type RejectionCode = keyof typeof REJECTIONS;

export class Rejection extends StudioError {
  declare readonly code: RejectionCode;

  /** @param where what is wrong, in words of ours: they are shown to the model when it gets its second try. */
  constructor(code: RejectionCode, where?: string) {
    super(code, REJECTIONS[code], { where, kept: 'The row stays without a reply.', remedy: 'Ask again, change the prompt, or use another teacher.' });
    this.name = 'Rejection';
  }
}
