/** An error about which the person can do something: its page shows all of it. */
export class ShownError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}

/** Nobody is signed in, or no longer. */
export class SignedOutError extends ShownError {
  override readonly name = 'SignedOutError';

  constructor() {
    super(401, 'Your session has ended', 'You are not signed in any more.');
  }
}

/** The issuer did not give a token that can be used here. */
export class SignInError extends ShownError {
  override readonly name = 'SignInError';

  constructor(detail: string, options?: ErrorOptions) {
    super(502, 'You could not be signed in', detail, options);
  }
}
