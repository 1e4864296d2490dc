import type { ApiAnswer } from '../../api-call.ts';
import { Answers, type RequestKind } from './answers.ts';

const OUTAGE = { statuses: [202], fromMs: 1_000, untilMs: 10_000 };

function answer(status: number, tookMs = 10): ApiAnswer {
  return { status, body: {}, tookMs };
}

function none(reason: string, tookMs = 10): ApiAnswer {
  return { status: 'none', reason, tookMs };
}

/** The counts after one answer in an outage in which every answer is to be 202. */
function noted(came: ApiAnswer, startedMs = 2_000, kind: RequestKind = 'order'): Answers {
  const answers = new Answers([OUTAGE]);
  answers.note(came, startedMs, kind);
  return answers;
}

describe('the answers to clients', () => {
  it('keep a promise with the right status in time', () => {
    expect(noted(answer(202, 1_999))).toMatchObject({ promised: 1, worstPromisedMs: 1_999, broken: [], late: 0 });
  });

  it.each<[string, ApiAnswer, string]>([
    ['an answer that is late', answer(202, 2_001), '202 after 2001 ms, promised within 2000'],
    ['an answer that refuses', answer(503), 'answered 503, promised 202'],
    [
      'no answer for as long as the client waits',
      none('gave up after 5000 ms', 5_000),
      'none after 5000 ms, promised within 2000',
    ],
  ])('break it with %s', (_what, came, detail) => {
    expect(noted(came).broken).toEqual([{ atMs: 2_000, detail }]);
  });

  it.each<[string, ApiAnswer, number]>([
    ['began before the outage', answer(503), 999],
    ['ended after it', answer(503, 1_500), 9_000],
    ['met no process because it was killed', none('ECONNREFUSED'), 2_000],
  ])('are not subject to it when a request %s', (_what, came, startedMs) => {
    expect(noted(came, startedMs)).toMatchObject({ promised: 0, broken: [] });
  });

  it('may refuse a change while only orders are promised to be accepted', () => {
    expect(noted(answer(503), 2_000, 'change').broken).toEqual([]);
    expect(noted(answer(503, 2_500), 2_000, 'change').broken).toHaveLength(1);
  });

  it('are counted by status, including the late and the unexpected ones', () => {
    const answers = new Answers([]);
    for (const came of [answer(202), answer(503, 2_500), answer(500), none('ECONNRESET')])
      answers.note(came, 0, 'order');
    expect(Object.fromEntries(answers.counts)).toEqual({ 202: 1, 503: 1, 500: 1, none: 1 });
    expect(answers).toMatchObject({ worstMs: 2_500, late: 1, unexpected: ['500 {}'] });
  });
});
