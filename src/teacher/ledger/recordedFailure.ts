/** A failure out of a ledger. */
import { StudioError } from '../../core/errors';

/** A call that failed when it was recorded fails again, for its row alone, as it did then. */
export class RecordedFailure extends StudioError {
  constructor(code: string) {
    super(code, 'This call got no reply when it was recorded.', { kept: 'The row stays without a reply.', remedy: 'Ask the teacher itself about it.' });
    this.name = 'RecordedFailure';
  }
}
