import { OperatorError } from '../errors.js';

/** The hub cannot be asked: no network, a wrong address, no answer in time, or an error on its side. */
export class HubUnreachableError extends OperatorError {
  override readonly name = 'HubUnreachableError';
}

/** The hub was asked and has no such model, revision or file, or does not show it to us. */
export class ModelNotFoundError extends OperatorError {
  override readonly name = 'ModelNotFoundError';
}

/** A download did not arrive whole. Nothing of it was kept, so the next start tries again. */
export class IncompleteDownloadError extends OperatorError {
  override readonly name = 'IncompleteDownloadError';
}
