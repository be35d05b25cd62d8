/** What a hub's refusals mean, in sentences. */
import { StudioError } from '../core/errors';

/** @param status of an HTTP reply that is not a success. */
export function failedReply(status: number, what: string): StudioError {
  const [code, sentence, remedy] = meaning(status, what);
  return new StudioError(code, sentence, { kept: 'Nothing was changed.', remedy });
}

function meaning(status: number, what: string): [code: string, sentence: string, remedy: string] {
  switch (status) {
    case 401: return ['model-needs-token', `${what} is not there, or only for those with an access token.`, 'Check the name; for a private or gated model give an access token.'];
    case 403: return ['model-gated', `The access token given does not open ${what}.`, 'Accept the model’s terms on its page, or take a token that may read it.'];
    case 404: return ['model-not-found', `There is no ${what}.`, 'Check the name and the revision.'];
    case 429: return ['model-fetch-failed', 'The server asks to wait: too many requests.', 'Try again in some minutes.'];
    default: return ['model-fetch-failed', `${what} could not be fetched: the server said ${status}.`, 'Try again later.'];
  }
}
