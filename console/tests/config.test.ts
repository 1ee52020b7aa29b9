import { expect, test } from 'vitest';

import { bySection, fits, meaning, valueText } from '../src/operator/manage/config';
import type { Setting } from '../src/operator/queries';

const setting = (key: string, value: unknown, more: Partial<Setting> = {}): Setting => ({ key, value, default: value, hidden: false, source: 'default', place: null, line: null, ...more });

test('settings stand under their section, those of none first', () => {
  const sections = bySection([setting('clock.max_step_seconds', 600), setting('data', 'data'), setting('payments.limits.default.daily', '50000')]);
  expect(sections.map(([name, rows]) => [name, rows.map(({ key }) => key)])).toEqual([
    ['general', ['data']], ['clock', ['clock.max_step_seconds']], ['payments', ['payments.limits.default.daily']],
  ]);
  expect(bySection([])).toEqual([]);
});

test('what is looked for is in the key, the value or the place', () => {
  const queue = setting('payments.journal.queue', 65_536, { source: 'file', place: '/etc/payflow.toml', line: 4 });
  for (const sought of ['', 'journal', 'QUEUE payments', '65536', 'payflow.toml']) expect(fits(queue, 'all', sought)).toBe(true);
  expect(fits(queue, 'all', 'journal mail')).toBe(false);
  expect([fits(queue, 'changed', ''), fits(setting('data', 'data'), 'changed', '')]).toEqual([true, false]);
});

test('limits and retention are found by what their keys say', () => {
  const which = (show: 'limits' | 'retention') => ['payments.limits.default.daily', 'gateway.rate_limits.auth', 'gateway.body_limit_bytes', 'payments.wallets_per_user', 'notifications.webhooks.keep_days', 'identity.session_lifetime_days', 'identity.public_url', 'log.filter']
    .filter((key) => fits(setting(key, 1), show, ''));
  expect(which('limits')).toEqual(['payments.limits.default.daily', 'gateway.rate_limits.auth', 'gateway.body_limit_bytes', 'payments.wallets_per_user']);
  expect(which('retention')).toEqual(['notifications.webhooks.keep_days', 'identity.session_lifetime_days']);
});

test('numbers are said in the largest unit that says them whole', () => {
  expect(meaning('a.timeout_ms', 10_000, 'en')).toBe('10 seconds');
  expect(meaning('a.authorisation_seconds', 604_800, 'en')).toBe('7 days');
  expect(meaning('a.body_limit_bytes', 1_048_576, 'en')).toBe('1 MiB');
  expect(meaning('a.body_limit_bytes', 1_000, 'en')).toBeUndefined();
  expect(meaning('a.keep_days', 30, 'en')).toBeUndefined();
  expect(meaning('a.timeout_ms', 1_500, 'en')).toBeUndefined();
  expect(meaning('a.longest_wait_s', 900, 'de')).toBe('15 Minuten');
  expect(meaning('a.longest_wait_s', 0, 'en')).toBeUndefined();
  expect(meaning('a.queue', 60_000, 'en')).toBeUndefined();
});

test('values are shown as they are', () => {
  expect([valueText(true), valueText('5/h'), valueText(['a', 'b']), valueText([]), valueText(null)]).toEqual(['true', '5/h', 'a, b', '', '']);
});
