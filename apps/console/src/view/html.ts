/**
 * A text that is HTML: everything else is escaped where it is inserted. That is why the few lines of this file stand in for
 * @kitajs/html, whose elements are strings: it escapes a child only where its parent says `safe`.
 */
export class Html {
  constructor(readonly text: string) {}
}

export type Child = Html | string | number | boolean | null | undefined | readonly Child[];
type AttributeValue = string | number | boolean | null | undefined;
type Attributes = Readonly<Record<string, AttributeValue>>;
type Component = (attributes: never) => Html;

const VOID_TAGS = new Set(['br', 'hr', 'img', 'input', 'link', 'meta']);
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Makes an element: the compiler calls it for each element of JSX (`jsxFactory`). */
export function h(tag: string | Component, attributes: Attributes | null, ...children: Child[]): Html {
  if (typeof tag === 'function') return tag({ ...attributes, children } as never);
  const start = `<${tag}${Object.entries(attributes ?? {})
    .map(attributeText)
    .join('')}>`;
  return new Html(VOID_TAGS.has(tag) ? start : `${start}${textOf(children)}</${tag}>`);
}

/** Several elements without one around them (`jsxFragmentFactory`). */
export function Fragment({ children }: { children?: Child }): Html {
  return new Html(textOf(children));
}

export declare namespace h {
  namespace JSX {
    type Element = Html;
    interface IntrinsicElements {
      [tag: string]: Readonly<Record<string, unknown>>;
    }
    interface ElementChildrenAttribute {
      children: unknown;
    }
  }
}

/** Escapes a text for HTML. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function textOf(child: Child): string {
  if (child instanceof Html) return child.text;
  if (typeof child === 'string' || typeof child === 'number') return escaped(String(child));
  return child ? (child === true ? '' : child.map(textOf).join('')) : '';
}

function attributeText([name, value]: [string, AttributeValue]): string {
  if (value === false || value === null || value === undefined) return '';
  return value === true ? ` ${name}` : ` ${name}="${escaped(String(value))}"`;
}
