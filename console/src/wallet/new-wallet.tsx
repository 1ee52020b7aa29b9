// Opening a wallet in a currency.

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, ask } from '../api/client';
import { walletsQuery } from '../api/queries';
import { useRequestKey } from '../api/request-key';
import { Button } from '../design/button';
import { Field, Select } from '../design/field';
import { toastDone, toastProblem } from '../design/toast';
import { part, useLocale } from '../i18n/language';
import { currencyName } from '../money/format';

const COMMON = ['EUR', 'USD', 'GBP', 'CHF', 'JPY', 'INR', 'AUD', 'CAD', 'BRL', 'CNY', 'KWD', 'MXN', 'NOK', 'PLN', 'SEK', 'SGD', 'ZAR'];

const useNewWalletText = part(
  { currency: 'Currency', open: 'Open wallet', opened: (currency: string) => `Your ${currency} wallet is open`, label: 'Label (optional)', labelHint: 'For example: Travel' },
  { currency: 'Währung', open: 'Geldbörse eröffnen', opened: (currency: string) => `Ihre Geldbörse in ${currency} ist eröffnet`, label: 'Bezeichnung (freiwillig)', labelHint: 'Zum Beispiel: Reise' },
);

export default function NewWallet({ taken = [], onOpened }: { taken?: readonly string[]; onOpened?: (id: string) => void }) {
  const text = useNewWalletText();
  const locale = useLocale();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const keyOf = useRequestKey();
  const first = COMMON.find((one) => !taken.includes(one)) ?? 'EUR';
  const open = async (form: FormData) => {
    setBusy(true);
    const currency = String(form.get('currency'));
    const label = String(form.get('label')).trim();
    try {
      const body = { currency, ...(label && { label }) };
      const wallet = await ask(api.POST('/api/v1/wallets', { body, params: { header: keyOf(body) } }));
      await queries.invalidateQueries({ queryKey: walletsQuery.queryKey });
      toastDone(text.opened(currency));
      onOpened?.(wallet.id);
    } catch (error) {
      toastProblem(error);
    }
    setBusy(false);
  };
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        void open(new FormData(event.currentTarget));
      }}
    >
      <Select label={text.currency} name="currency" defaultValue={first}>
        {COMMON.map((one) => <option key={one} value={one}>{one} · {currencyName(locale, one)}</option>)}
      </Select>
      <Field label={text.label} name="label" maxLength={100} placeholder={text.labelHint} />
      <Button type="submit" className="w-full" busy={busy}>{text.open}</Button>
    </form>
  );
}
