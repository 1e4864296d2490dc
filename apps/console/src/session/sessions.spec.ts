import { localPath, type Session, Sessions } from './sessions.ts';

const aSession = (subject: string, token = 'token'): Session => ({ token, subject, roles: [], expiresAtMs: 0 });
const IN_AN_HOUR = Date.now() + 3_600_000;
const cookieOf = (header: string) => header.split(';')[0]!;

describe('Sessions', () => {
  it('keeps a token that is longer than a cookie may be', () => {
    const { people } = new Sessions(3_004);
    const header = people.add(aSession('ada', 'x'.repeat(16_000)), IN_AN_HOUR);
    expect(header).toMatch(/^console_session_3004=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(people.find(`other=1; ${cookieOf(header)}`)?.subject).toBe('ada');
  });

  it('knows no cookie that has ended, is old, was guessed, or is of another console', () => {
    const { people } = new Sessions(3_004);
    const cookie = cookieOf(people.add(aSession('ada'), IN_AN_HOUR));
    const old = cookieOf(people.add(aSession('bob'), Date.now() - 1));
    expect(new Sessions(3_005).people.find(cookie)).toBeUndefined();
    expect(people.end(cookie)).toBe('console_session_3004=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0');
    for (const unknown of [cookie, old, `${cookie}x`, 'console_session_3004=', '', undefined])
      expect(people.find(unknown)).toBeUndefined();
  });

  it('ends the session of a browser in which somebody signs in again', () => {
    const { people } = new Sessions(3_004);
    const before = cookieOf(people.add(aSession('ada'), IN_AN_HOUR));
    const after = cookieOf(people.add(aSession('bob'), IN_AN_HOUR, before));
    expect([people.find(before), people.find(after)?.subject]).toEqual([undefined, 'bob']);
  });

  it('keeps the newest thousand', () => {
    const { people } = new Sessions(3_004);
    const [first, second] = Array.from({ length: 1_001 }, (_, n) =>
      cookieOf(people.add(aSession(`person-${n}`), IN_AN_HOUR)),
    );
    expect([people.find(first), people.find(second)?.subject]).toEqual([undefined, 'person-1']);
  });
});

it.each([
  ['/orders?text=a%20b', '/orders?text=a%20b'],
  ['https://evil.example/x', '/'],
  ['//evil.example/x', '/'],
  ['/.//evil.example/x', '/'],
  ['/..//evil.example', '/'],
  ['http://console.invalid//evil.example', '/'],
  ['/\\\\evil.example', '/'],
])('after sign-in, %s leads to %s', (to, path) => {
  expect(localPath(to)).toBe(path);
});
