import { Fragment, h } from './html.ts';

describe('h', () => {
  it('escapes texts and attributes, and nothing that is HTML already', () => {
    const name = '<script>alert("1")</script>';
    const element = h('p', { title: name, hidden: false, open: true }, h('b', null, name), [' & ', 7, null, false]);
    const text = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;';
    expect(element.text).toBe(`<p title="${text}" open><b>${text}</b> &amp; 7</p>`);
  });

  it('calls components with their children, and closes no void element', () => {
    const Row = ({ label, children }: { label: string; children?: never }) => h('li', { class: label }, children);
    expect(h(Fragment, null, h(Row, { label: 'a' }, 'x'), h('br', null)).text).toBe('<li class="a">x</li><br>');
  });
});
