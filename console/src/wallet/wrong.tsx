// What went wrong with a form, where no field of it is at fault.

export function Wrong({ text }: { text: string | undefined }) {
  if (!text) return null;
  return <p role="alert" className="rounded-control bg-danger-tint px-3.5 py-2.5 text-sm text-danger">{text}</p>;
}
