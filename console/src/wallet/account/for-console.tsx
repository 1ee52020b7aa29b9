// What somebody reads whom the console sent here for a second factor: what to do, and, once it is done, the way back.

import { useQuery } from '@tanstack/react-query';
import { ShieldAlert, ShieldCheck } from 'lucide-react';

import { factorsQuery } from '../../api/queries';
import { buttonClass } from '../../design/button';
import { part } from '../../i18n/language';

const useWords = part(
  { todo: 'The console needs a second factor', todoText: 'Set up an authenticator app, or add a passkey, on this page.', done: 'Your second factor is set up', doneText: 'Everything in the console that your role may see is open to you now.', back: 'Back to the console' },
  { todo: 'Die Konsole braucht einen zweiten Faktor', todoText: 'Richten Sie auf dieser Seite eine Authenticator-App oder einen Passkey ein.', done: 'Ihr zweiter Faktor ist eingerichtet', doneText: 'In der Konsole steht Ihnen nun alles offen, was Ihre Rolle sehen darf.', back: 'Zurück zur Konsole' },
);

export function ForConsole({ back }: { back: string }) {
  const w = useWords();
  const { data: factors } = useQuery(factorsQuery);
  if (!factors) return null;
  const isDone = factors.totp || factors.passkeys > 0;
  const Icon = isDone ? ShieldCheck : ShieldAlert;
  return (
    <div role="status" className={`mb-5 flex flex-col gap-3 rounded-card px-5 py-4 text-sm sm:flex-row sm:items-center ${isDone ? 'bg-success-tint text-success' : 'bg-warning-tint text-warning'}`}>
      <Icon className="hidden size-5 shrink-0 sm:block" aria-hidden="true" />
      <p className="min-w-0 flex-1"><span className="block font-semibold">{isDone ? w.done : w.todo}</span><span className="text-ink-2">{isDone ? w.doneText : w.todoText}</span></p>
      {isDone && <a href={back} className={buttonClass('primary', 'small', 'self-start sm:self-center')}>{w.back}</a>}
    </div>
  );
}
