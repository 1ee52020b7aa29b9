// What is filled in: a label, the control, a hint, and what is wrong with it.

import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId, useState } from 'react';

import { useText } from '../i18n/language';

const CONTROL =
  'w-full rounded-control border bg-surface text-base text-ink placeholder:text-ink-3 transition-colors duration-100 hover:border-ink-3 focus:outline-2 focus:outline-offset-0 focus:outline-focus';

interface FrameProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  hideLabel?: boolean;
  children: (ids: { id: string; describedBy: string | undefined }) => ReactNode;
}

function Frame({ label, hint, error, hideLabel = false, children }: FrameProps) {
  const id = useId();
  const note = `${id}-note`;
  return (
    <div>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'mb-1.5 block text-sm font-medium'}>
        {label}
      </label>
      {children({ id, describedBy: error || hint ? note : undefined })}
      {(error || hint) && (
        <p id={note} className={`mt-1.5 text-sm ${error ? 'text-danger' : 'text-ink-3'}`} role={error ? 'alert' : undefined}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  hideLabel?: boolean;
}

export function Field({ label, hint, error, hideLabel = false, className = '', ...input }: FieldProps) {
  return (
    <Frame label={label} hint={hint} error={error} hideLabel={hideLabel}>
      {({ id, describedBy }) => (
        <input
          {...input}
          id={id}
          aria-describedby={describedBy}
          aria-invalid={error ? true : input['aria-invalid']}
          className={`${CONTROL} h-12 px-3.5 ${error ? 'border-danger' : 'border-control'} ${className}`}
        />
      )}
    </Frame>
  );
}

export function PasswordField(props: Omit<FieldProps, 'type'>) {
  const t = useText();
  const [shown, setShown] = useState(false);
  return (
    <div className="relative">
      <Field {...props} type={shown ? 'text' : 'password'} spellCheck={false} autoCapitalize="none" className="pr-18" />
      <button
        type="button"
        onClick={() => setShown(!shown)}
        aria-label={`${shown ? t.session.hide : t.session.show}: ${props.label}`}
        className="absolute top-8 right-1.5 h-9 rounded-md px-2.5 text-sm font-medium text-ink-2 hover:bg-sunken"
      >
        {shown ? t.session.hide : t.session.show}
      </button>
    </div>
  );
}

interface SelectProps extends SelectHTMLAttributes<HTMLSelectElement> {
  label: string;
  hideLabel?: boolean;
  hint?: ReactNode;
  error?: string | undefined;
}

/** The system's own list: it works with every keyboard, screen reader and thumb. */
export function Select({ label, hint, error, hideLabel = false, className = 'h-12', children, ...select }: SelectProps) {
  return (
    <Frame label={label} hint={hint} error={error} hideLabel={hideLabel}>
      {({ id, describedBy }) => (
        <div className="relative">
          <select {...select} id={id} aria-describedby={describedBy} className={`${CONTROL} appearance-none border-control pr-8 pl-3 ${className}`}>
            {children}
          </select>
          <svg viewBox="0 0 16 16" className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-ink-3" aria-hidden="true">
            <path d="m4 6 4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
          </svg>
        </div>
      )}
    </Frame>
  );
}
