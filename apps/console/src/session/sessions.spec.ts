import { localPath } from './sessions.ts';

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
