import { randomBytes } from 'node:crypto';
import type { Role } from '#libs/orders';
import type { PendingSignIn } from './issuer.ts';

/** Who is signed in. */
export interface Session {
  /** The access token, with which the console calls the api. */
  token: string;
  subject: string;
  roles: readonly Role[];
  expiresAtMs: number;
}

/** Enough for the people of a shop. A token has at most 16 KB, so these take 16 MB. */
const MAX_SESSIONS = 1_000;

/**
 * Keeps what a browser must not have: it gets a random id in a cookie. So a token may be longer than the 4 KB of a cookie, a
 * session ends when its person signs out, and a restart ends all.
 */
class Kept<Value> {
  private readonly values = new Map<string, { value: Value; untilMs: number }>();

  /** @param cookie consoles on other ports of this host get the same cookies: the name has the port */
  constructor(private readonly cookie: string) {}

  /** Keeps a value instead of the one that the browser has now. Returns the header of its cookie. */
  add(value: Value, untilMs: number, cookies?: string): string {
    this.values.delete(this.idOf(cookies));
    const id = randomBytes(32).toString('base64url');
    this.values.set(id, { value, untilMs });
    for (const oldest of [...this.values.keys()].slice(0, -MAX_SESSIONS)) this.values.delete(oldest);
    return this.header(id, '');
  }

  /** Undefined when there is none, or none any more. */
  find(cookies: string | undefined): Value | undefined {
    const { value, untilMs = 0 } = this.values.get(this.idOf(cookies)) ?? {};
    return untilMs > Date.now() ? value : undefined;
  }

  /** Ends it. Returns the header that deletes its cookie. */
  end(cookies: string | undefined): string {
    this.values.delete(this.idOf(cookies));
    return this.header('', '; Max-Age=0');
  }

  /** Scripts cannot read the cookie, and other sites do not send it with their forms. */
  private header(id: string, age: string): string {
    return `${this.cookie}=${id}; Path=/; HttpOnly; SameSite=Lax${age}`;
  }

  private idOf(cookies = ''): string {
    const start = `${this.cookie}=`;
    const pair = cookies.split('; ').find((one) => one.startsWith(start));
    return pair?.slice(start.length) ?? '';
  }
}

/** The people who are signed in, and those who are at the issuer to sign in. */
export class Sessions {
  readonly people: Kept<Session>;
  readonly signIns: Kept<PendingSignIn>;

  constructor(port: number) {
    this.people = new Kept(`console_session_${port}`);
    this.signIns = new Kept(`console_sign_in_${port}`);
  }
}

/** A redirect never leaves this console. */
export function localPath(to: string): string {
  const base = 'http://console.invalid';
  const url = URL.parse(to, base);
  // A path that starts with two slashes names another host.
  return url?.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}` : '/';
}
