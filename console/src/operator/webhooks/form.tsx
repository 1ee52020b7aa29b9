// A new endpoint, or a changed one; and the secret, which is shown once.

import { useState } from 'react';

import { api, ask } from '../../api/client';
import { Field } from '../../design/field';
import { ActDialog } from '../parts/act';
import { Secret } from '../parts/secret';
import type { Endpoint } from '../queries';
import { useWebhooksText } from '../text/webhooks';

const FAMILIES = ['*', 'transaction.*', 'wallet.*', 'user.*', 'webhook.*'] as const;

export function EndpointForm({ endpoint, onClose }: { endpoint?: Endpoint; onClose: () => void }) {
  const text = useWebhooksText();
  const [secret, setSecret] = useState<string>();
  if (secret) return <EndpointSecret secret={secret} onClose={onClose} />;
  const chosen = endpoint?.event_types ?? ['transaction.*'];
  const others = chosen.filter((type) => !FAMILIES.includes(type as (typeof FAMILIES)[number]));
  return (
    <ActDialog
      title={endpoint ? text.edit : text.create}
      effects={endpoint ? [] : text.createEffects}
      confirm={endpoint ? text.edit : text.create}
      stale={[['webhooks']]}
      {...(endpoint && { done: text.saved })}
      onClose={onClose}
      run={async (form, keyOf) => {
        const typed = String(form.get('others')).split(/[\s,]+/).filter(Boolean);
        const body = { url: String(form.get('url')).trim(), description: String(form.get('description')).trim() || null, event_types: [...form.getAll('type').map(String), ...typed] };
        if (endpoint) return ask(api.PATCH('/api/v1/webhook-endpoints/{id}', { params: { path: { id: endpoint.id } }, body }));
        setSecret((await ask(api.POST('/api/v1/webhook-endpoints', { params: { header: keyOf(body) }, body }))).secret);
        return false;
      }}
    >
      <Field label={text.url} name="url" type="url" required maxLength={2_000} defaultValue={endpoint?.url} placeholder="https://example.org/payflow" hint={text.urlHint} autoComplete="off" spellCheck={false} />
      <Field label={text.description} name="description" maxLength={200} defaultValue={endpoint?.description ?? ''} hint={text.descriptionHint} autoComplete="off" />
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{text.eventTypes}</legend>
        <div className="grid grid-cols-2">
          {FAMILIES.map((family) => (
            <label key={family} className="flex min-h-9 cursor-pointer items-center gap-2.5 text-sm"><input type="checkbox" name="type" value={family} defaultChecked={chosen.includes(family)} className="size-4 accent-brand" />{text.families[family]}</label>
          ))}
        </div>
      </fieldset>
      <Field label={text.otherTypes} name="others" defaultValue={others.join(', ')} hint={text.eventTypesHint} autoComplete="off" spellCheck={false} className="font-mono !text-sm" />
    </ActDialog>
  );
}

export function EndpointSecret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const text = useWebhooksText();
  return <Secret title={text.secretTitle} text={text.secretText} done={text.done} secret={secret} onClose={onClose} />;
}
