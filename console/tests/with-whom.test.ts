import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Notification, Transaction } from '../src/api/types';
import { SENTENCES, withWhom } from '../src/wallet/with-whom';

const payment = { amount: '12.50', currency: 'USD' } as Transaction;
const told = (type: string, body: string) => ({ type, body }) as Notification;

/** The sentence that the server's texts have for a kind. */
function sentenceOf(language: string, kind: string): string {
  const texts = readFileSync(join(import.meta.dirname, `../../services/notifications/texts/${language}.toml`), 'utf8');
  const section = texts.split(/^\[/m).find((one) => one.startsWith(`kinds.${kind}]`))!;
  return /^body = "(.*)"$/m.exec(section)![1]!.replace(/\{\{ amount[^}]*\}\} \{\{ currency \}\}/, '{amount}').replace('{{ counterparty }}', '{name}');
}

test('the sentences are those that the server tells', () => {
  for (const [kind, sentences] of Object.entries(SENTENCES)) expect(['en', 'de'].map((language) => sentenceOf(language, kind))).toEqual(sentences);
});

test('the other side is named, in whatever language it was told', () => {
  expect(withWhom(payment, told('money_sent', 'Your transfer of 12.50 USD to Bob is completed.'))).toBe('Bob');
  expect(withWhom(payment, told('refund_received', 'Corner Shop has refunded 12.50 USD to you.'))).toBe('Corner Shop');
  expect(withWhom(payment, told('refund_sent', 'Sie haben Müller & Co. 12,50 USD erstattet.'))).toBe('Müller & Co.');
  expect(withWhom(payment, told('money_received', 'You received 12.50 USD from You received 12.50 USD from x.'))).toBe('You received 12.50 USD from x');
});

test('another text, another amount and another kind name nobody', () => {
  expect(withWhom(payment, undefined)).toBeNull();
  expect(withWhom(payment, told('money_sent', 'Your transfer of 2.50 USD to Bob is completed.'))).toBeNull();
  expect(withWhom(payment, told('money_sent', 'Gone.'))).toBeNull();
  expect(withWhom(payment, told('wallet_frozen', 'You received 12.50 USD from Bob.'))).toBeNull();
});
