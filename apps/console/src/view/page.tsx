import type { Session } from '../session/sessions.ts';
import type { Visit } from '../session/visit.ts';
import { assetUrl } from './assets.ts';
import { Form } from './form.tsx';
import { type Child, Fragment, h, type Html } from './html.ts';

const SECTIONS = [
  ['/', 'Pipeline'],
  ['/orders', 'Orders'],
  ['/to-do', 'To do'],
  ['/dead-letters', 'Dead letters'],
  ['/reports', 'Reports'],
  ['/activity', 'Activity'],
] as const;
/** The other sections are for operators. */
const FIRST_OF_STAFF = '/orders';

/** The page at which a person starts. */
export function startOf({ roles }: Session): string {
  return roles.includes('operator') ? '/' : FIRST_OF_STAFF;
}

/** `allowEval` and the like are not needed: no attribute of ours holds a script. */
const HTMX = 'includeIndicatorCSS:false, defaultTimeout:20000, history:true';

let environmentName = 'local';

/** The name of the environment stands on every page, so that nobody takes production for their own machine. */
export function nameEnvironment(name: string): void {
  environmentName = name;
}

/** A page of a person who is signed in. */
export function page({ session, url }: Visit, title: string, content: Child): string {
  const path = url.split('?')[0] ?? '';
  const start = startOf(session);
  const isCurrent = (section: string) => (section === '/' ? path === '/' : path.startsWith(section));
  return documentOf(
    title,
    <header>
      <a class="brand" href={start}>
        fargate-orders <span class={`badge ${environmentName === 'local' ? 'quiet' : 'bad'}`}>{environmentName}</span>
      </a>
      <nav aria-label="Main">
        {SECTIONS.filter(([section]) => start === '/' || section === FIRST_OF_STAFF).map(([section, name]) => (
          <a href={section} aria-current={isCurrent(section) ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <Form action="/sign-out">
        <span class="quiet">{session.subject}</span>
        <button class="link">Sign out</button>
      </Form>
    </header>,
    <>
      {content}
      <p class="quiet">Times are in {Intl.DateTimeFormat().resolvedOptions().timeZone}.</p>
    </>,
  );
}

/** A page without the sections, for people who are not signed in or may not see them. */
export function barePage(title: string, content: Child): string {
  return documentOf(
    title,
    <header>
      <span class="brand">fargate-orders</span>
    </header>,
    content,
  );
}

/** The part of a page that replaces itself while it is shown. */
export function Live({ url, every, children }: { url: string; every: string | false; children?: Child }) {
  const refresh = every && { 'hx-get': url, 'hx-trigger': `every ${every}`, 'hx-select': '#live' };
  return (
    <div id="live" {...refresh} hx-swap="outerMorph">
      {children}
    </div>
  );
}

function documentOf(title: string, header: Html, content: Child): string {
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="htmx-config" content={HTMX} />
        <title>{title} · fargate-orders</title>
        <link rel="stylesheet" href={assetUrl('console.css')} />
        <link rel="icon" href="data:," />
        <script src={assetUrl('htmx.min.js')} defer></script>
        <script src={assetUrl('console.js')} defer></script>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        {header}
        <div id="connection" class="notice bad" role="alert" hidden></div>
        <div id="notice" aria-live="assertive"></div>
        <main id="main" tabindex="-1">
          {content}
        </main>
      </body>
    </html>
  );
  return `<!doctype html>${page.text}`;
}
