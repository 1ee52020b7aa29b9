// A rule is quiet for a customer: until when, and why.

import { api, ask } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { Field } from '../../design/field';
import { ActDialog } from '../parts/act';
import { findPerson } from '../parts/find-person';
import { useRulesText } from '../text/rules';

const DAY = 86_400_000;
const dayAfter = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

export function SnoozeDialog({ code, user, onClose }: { code: string; user?: string; onClose: () => void }) {
  const text = useRulesText();
  return (
    <ActDialog
      title={text.snooze}
      effects={text.snoozeEffects}
      confirm={text.snooze}
      done={text.snoozed}
      stale={[['rules', 'snoozes']]}
      onClose={onClose}
      run={async (form) => {
        const of = (name: string) => String(form.get(name)).trim();
        const found = await findPerson(of('user'));
        if (!found) throw new ApiProblem({ status: 0, code: 'nobody', detail: text.nobody(of('user')) });
        // To the end of that day where it is read, or as far as may be.
        const until = new Date(Math.min(new Date(`${of('until')}T23:59:59`).getTime(), Date.now() + 180 * DAY - 60_000)).toISOString();
        return ask(api.POST('/api/v1/rules/{name}/snooze', { params: { path: { name: code } }, body: { user: found, until, reason: of('reason') } }));
      }}
    >
      <Field label={text.customer} name="user" required defaultValue={user} hint={text.customerHint} autoComplete="off" spellCheck={false} maxLength={254} />
      <Field label={text.until} name="until" type="date" required min={dayAfter(0)} max={dayAfter(180)} defaultValue={dayAfter(30)} />
      <Field label={text.reason} name="reason" required maxLength={500} hint={text.reasonHint} autoComplete="off" />
    </ActDialog>
  );
}
