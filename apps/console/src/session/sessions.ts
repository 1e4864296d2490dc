import { randomBytes } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';
import type { Role } from '#libs/orders';

/** Who is signed in. */
export interface Session {
  /** The access token, with which the console calls the api. */
  token: string;
  subject: string;
  roles: readonly Role[];
  /** ISO 8601, UTC. */
  expiresAt: string;
}

/** Seals what a browser keeps, so that neither the person nor a page can read or change it. A restart ends all sessions. */
export class Sessions {
  private readonly key = randomBytes(32);

  seal(content: object, expiresAt: string): Promise<string> {
    return new EncryptJWT({ content })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(new Date(expiresAt))
      .encrypt(this.key);
  }

  /** Undefined when it is missing, was changed, has expired, or is of an earlier start. */
  async open<Content>(sealed: string | undefined): Promise<Content | undefined> {
    if (!sealed) return undefined;
    const opened = await jwtDecrypt(sealed, this.key).catch(() => undefined);
    return opened?.payload['content'] as Content | undefined;
  }
}

const SESSION = 'console_session';
const SIGN_IN = 'console_sign_in';
export const COOKIES = { session: SESSION, signIn: SIGN_IN } as const;

/** A cookie that scripts cannot read, and that other sites do not send with their forms. Empty: it is deleted. */
export function cookieHeader(name: string, value: string): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${value === '' ? '; Max-Age=0' : ''}`;
}

export function readCookie(header: string | undefined, name: string): string | undefined {
  const pairs = (header ?? '').split('; ').map((pair) => pair.split('=') as [string, string?]);
  return pairs.find(([key]) => key === name)?.[1];
}

/** A redirect never leaves this console. */
export function localPath(to: string): string {
  const base = 'http://console.invalid';
  const url = URL.parse(to, base);
  // A path that starts with two slashes names another host.
  return url?.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}` : '/';
}
