import { Slots } from './slots.ts';

describe('Slots', () => {
  it('bounds one caller and the process with 429, and gives back what was freed, once', () => {
    const slots = new Slots('batches', { ofCaller: 2, ofProcess: 3 });
    const free = slots.take('a');
    slots.take('a');
    expect(() => slots.take('a')).toThrow(expect.objectContaining({ status: 429, headers: { 'retry-after': '2' } }));
    slots.take('b');
    expect(slots.hasFree('b')).toBe(false);
    expect(() => slots.take('b')).toThrow(expect.objectContaining({ status: 429, headers: { 'retry-after': '2' } }));
    free();
    free();
    slots.take('c');
    expect(() => slots.take('d')).toThrow('over 3 batches of all callers at a time');
  });
});
