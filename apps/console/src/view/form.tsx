import { type Child, h } from './html.ts';

/**
 * A form that changes something. With htmx, an answer that is an error is shown above the page, so that nothing typed is lost;
 * without scripts it is an ordinary form.
 */
export function Form({ action, children, id }: { action: string; children?: Child; id?: string }) {
  return (
    <form method="post" action={action} id={id} hx-boost="true" hx-target="body" hx-swap="innerHTML show:top">
      {children}
    </form>
  );
}

/** A text that a person types. */
export function Field({
  label,
  name,
  hint,
  ...rest
}: { label: string; name: string; hint?: string } & Record<string, unknown>) {
  return (
    <label>
      {label}
      <input name={name} autocomplete="off" {...rest} />
      {hint && <small>{hint}</small>}
    </label>
  );
}

/** The link to the next page of a list. */
export function NextPage({ url, cursor, shown }: { url: string; cursor: string | null | undefined; shown: number }) {
  const next = new URL(url, 'http://console.invalid');
  if (cursor) next.searchParams.set('cursor', cursor);
  return (
    <p class="pages">
      {cursor ? (
        <a rel="next" href={`${next.pathname}${next.search}`}>
          {shown === 0 ? 'Nothing on this page; the list goes on' : 'Next page'}
        </a>
      ) : (
        <span class="quiet">{shown === 0 ? 'Nothing here.' : 'End of the list.'}</span>
      )}
    </p>
  );
}
