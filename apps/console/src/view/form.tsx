import { type Child, h } from './html.ts';

interface FormProps {
  action: string;
  /** Values that nobody types. Empty ones are left out. */
  hidden?: Readonly<Record<string, string | number | undefined>>;
  /** The button that sends it. */
  submit?: string | undefined;
  isDangerous?: boolean;
  /** The page to which `Back` leads. */
  back?: string;
  children?: Child;
}

/**
 * A form that changes something. With htmx, an answer that is an error is shown above the page, so that nothing typed is lost;
 * without scripts it is an ordinary form.
 */
export function Form({ action, hidden = {}, submit, isDangerous, back, children }: FormProps) {
  return (
    <form method="post" action={action} hx-boost="true" hx-target="body" hx-swap="innerHTML show:top">
      {Object.entries(hidden).map(
        ([name, value]) => Boolean(value) && <input type="hidden" name={name} value={value} />,
      )}
      {children}
      {(submit || back) && (
        <p class="actions">
          {submit && <button class={isDangerous ? 'danger' : 'primary'}>{submit}</button>}
          {back && <LinkButton href={back}>Back</LinkButton>}
        </p>
      )}
    </form>
  );
}

/** A link that looks like a button. */
export function LinkButton({ href, kind = '', children }: { href: string; kind?: string | false; children?: Child }) {
  return (
    <a class={`button ${kind || ''}`} href={href}>
      {children}
    </a>
  );
}

/** A text that a person types. */
export function Field({
  label,
  hint,
  ...rest
}: { label: string; name: string; hint?: string } & Readonly<Record<string, unknown>>) {
  return (
    <label>
      {label}
      <input autocomplete="off" {...rest} />
      {hint && <small>{hint}</small>}
    </label>
  );
}

/** The reason of an operation, which the log keeps. */
export function WhyField({ subject }: { subject: string }) {
  return <Field label="Why" name="why" required maxlength="500" hint={`${subject} and this reason are logged.`} />;
}

/** A choice of texts by their values. */
export function Select({ label, name, options, chosen = '' }: SelectProps) {
  return (
    <label>
      {label}
      <select name={name}>
        {Object.entries(options).map(([value, text]) => (
          <option value={value} selected={value === chosen}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface SelectProps {
  label: string;
  name: string;
  options: Readonly<Record<string, string>>;
  chosen?: string | undefined;
}
