// The mark, and the name beside it.

export function Logo({ className = '' }: { className?: string }) {
  return (
    <span className={`inline-flex items-center gap-2.5 ${className}`}>
      <svg viewBox="0 0 32 32" className="size-8" aria-hidden="true">
        <rect width="32" height="32" rx="9" className="fill-brand" />
        <path d="M10 24V8.5h7.4a5.2 5.2 0 0 1 0 10.4H13.6" fill="none" className="stroke-on-brand" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      <span className="text-base font-semibold tracking-tight">PayFlow</span>
    </span>
  );
}
