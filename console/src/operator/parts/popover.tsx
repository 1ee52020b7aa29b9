// A button with a panel under it: filters and choices. It closes by Escape, by a press beside it and when the focus leaves it.

import { ChevronDown } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

interface Props {
  label: ReactNode;
  /** What a screen reader says, where the label alone does not do. */
  name?: string;
  isOn?: boolean;
  align?: 'start' | 'end';
  children: (close: () => void) => ReactNode;
}

export function Popover({ label, name, isOn = false, align = 'start', children }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const onPress = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPress);
    return () => document.removeEventListener('pointerdown', onPress);
  }, [open]);
  return (
    <div
      ref={box}
      className="relative"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        close();
      }}
      onBlur={(event) => {
        if (event.relatedTarget && !box.current?.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={name}
        onClick={() => setOpen(!open)}
        className={`inline-flex h-9 items-center gap-1.5 rounded-control border px-2.5 text-sm whitespace-nowrap ${isOn ? 'border-brand bg-brand-tint font-medium text-brand' : 'border-line bg-surface text-ink-2 hover:border-control'}`}
      >
        {label}
        <ChevronDown className="size-3.5" aria-hidden="true" />
      </button>
      {open && (
        <div ref={stayInside} id={id} className={`enter absolute top-full z-30 mt-1.5 max-h-[60dvh] min-w-56 overflow-y-auto rounded-card border border-line bg-raised p-2 shadow-overlay ${align === 'end' ? 'right-0' : 'left-0'}`}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

/** Moves a panel that would reach beyond an edge of the window. */
function stayInside(panel: HTMLElement | null): void {
  if (!panel) return;
  const { left, right } = panel.getBoundingClientRect();
  const beyond = Math.max(right - (document.documentElement.clientWidth - MARGIN), 0) || Math.min(left - MARGIN, 0);
  if (beyond !== 0) panel.style.translate = `${-beyond}px 0`;
}

const MARGIN = 8;

interface ChecksProps {
  legend: string;
  options: readonly (readonly [value: string, name: ReactNode, count?: number])[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** Choices of a panel, with how many there are of each. */
export function Checks({ legend, options, chosen, onChange }: ChecksProps) {
  return (
    <fieldset>
      <legend className="px-2 pt-1 pb-1.5 text-xs font-medium text-ink-3">{legend}</legend>
      {options.map(([value, name, count]) => (
        <label key={value} className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 text-sm hover:bg-sunken">
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={(event) => onChange(event.target.checked ? [...chosen, value] : chosen.filter((one) => one !== value))}
            className="size-4 accent-brand"
          />
          <span className="flex-1">{name}</span>
          {count !== undefined && <span className="tabular text-xs text-ink-3">{count}</span>}
        </label>
      ))}
    </fieldset>
  );
}

/** An entry of a panel that does something. */
export function PanelButton({ children, onClick }: { children: ReactNode; onClick: () => void }) {
  return (
    <button type="button" onClick={onClick} className="flex min-h-9 w-full items-center gap-2.5 rounded-md px-2 text-left text-sm hover:bg-sunken">
      {children}
    </button>
  );
}
