import {
  createRemoteJWKSet,
  customFetch,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  type JWTVerifyOptions,
} from 'jose';
import type { Logger } from '#libs/service';

/** The text is not valid here; the message may be shown to the caller. */
export class InvalidTokenError extends Error {
  override name = 'InvalidTokenError';
}

/** The keys of the signer could not be read, so the text cannot be checked. */
export class KeysUnavailableError extends Error {
  override name = 'KeysUnavailableError';
}

export interface SignerOptions {
  /** What is signed, and who signs it; both are in the messages for callers and in the log. */
  readonly what: 'token' | 'quote';
  readonly signer: 'issuer' | 'shop';
  readonly jwksUrl: string;
  /** Only asymmetric ones: with a shared secret or `none`, a caller could sign. */
  readonly algorithms: readonly string[];
  readonly logger: Logger;
  /** Called after the keys were read again, as they may have changed. */
  readonly onRefresh?: () => void;
}

/** The types of the keys of each algorithm. */
const KEY_TYPES: Readonly<Record<string, string>> = { RS256: 'RSA', PS256: 'RSA', ES256: 'EC', EdDSA: 'OKP' };
/** A withdrawn key is refused after this time at the latest; a new key is fetched as soon as a signature names it. */
const KEY_REFRESH_MS = 300_000;
/** Signatures that name unknown keys make the api read the keys once in this time, however many there are. */
const UNKNOWN_KEY_COOLDOWN_MS = 5_000;
/** The tolerated difference between the clocks of the signer and the api. */
export const CLOCK_TOLERANCE_SECONDS = 5;

/** Verifies compact JWS texts with the published keys of their signer. */
export class SignedClaims {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(private readonly options: SignerOptions) {
    this.keys = createRemoteJWKSet(new URL(options.jwksUrl), {
      timeoutDuration: 1_000,
      cooldownDuration: UNKNOWN_KEY_COOLDOWN_MS,
      // A signer that is down must not stop the api: keys stay until a refresh succeeds.
      cacheMaxAge: Number.POSITIVE_INFINITY,
      [customFetch]: (...request) => this.fetchKeys(...request),
    });
    setInterval(() => void this.refreshKeys(), KEY_REFRESH_MS).unref();
  }

  /**
   * The claims of a text whose signature and end are valid, with a subject.
   * @throws InvalidTokenError or KeysUnavailableError
   */
  async verify(text: string, expected: Pick<JWTVerifyOptions, 'issuer' | 'typ'>): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(text, this.keys as JWTVerifyGetKey, {
        ...expected,
        algorithms: [...this.options.algorithms],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch (cause) {
      const { what, signer } = this.options;
      throw isInvalid(cause)
        ? new InvalidTokenError(this.messageOf(cause as Error, text), { cause })
        : new KeysUnavailableError(`the keys of the ${what} ${signer} cannot be read`, { cause });
    }
  }

  /** Fetches the keys unless they are known; rejects when that fails. */
  async probe(): Promise<void> {
    if (!this.keys.jwks()) await this.keys.reload();
  }

  private async refreshKeys(): Promise<void> {
    const { jwksUrl, signer, logger, onRefresh } = this.options;
    try {
      await this.keys.reload();
      onRefresh?.();
    } catch (error) {
      // The last keys stay valid.
      logger.warn({ jwksUrl, err: error }, `${signer}_keys_not_refreshed`);
    }
  }

  /**
   * Reads a key set. One without a usable key is an error of the signer, not the withdrawal of all its keys, which would
   * refuse every caller.
   */
  private async fetchKeys(...request: Parameters<typeof fetch>): Promise<Response> {
    const response = await fetch(...request);
    if (!response.ok) return response;
    const { keys } = (await response.clone().json()) as { keys?: ({ kty?: unknown } | null)[] };
    const usable = this.options.algorithms.map((algorithm) => KEY_TYPES[algorithm]);
    if (keys?.some((key) => usable.includes(String(key?.kty)))) return response;
    throw new Error(`the key set of the ${this.options.signer} has no usable key`);
  }

  /** Why the text is refused, with what the caller can do where that is not obvious. */
  private messageOf(error: Error, text: string): string {
    const { what, signer } = this.options;
    if (error instanceof errors.JWTExpired) {
      const at = new Date(Math.max(0, error.payload.exp ?? 0) * 1_000).toISOString();
      return `the ${what} expired at ${at}: get a new one`;
    }
    if (!(error instanceof errors.JWKSNoMatchingKey)) return error.message;
    // A text may have a number there.
    const { kid = 'without a kid' } = decodeProtectedHeader(text) as { kid?: unknown };
    const key = String(kid).slice(0, 64);
    return `the ${what}'s key ${key} is not among the ${signer}'s keys: get a new ${what} from the ${signer}`;
  }
}

/** When the key set cannot be fetched, jose throws its base class or the error of fetch. */
function isInvalid(error: unknown): boolean {
  return (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    error.code !== 'ERR_JOSE_GENERIC'
  );
}
