import { expect, test } from 'vitest';

import { pageOf } from '../src/operator/alerts/data';
import { contentOf, differs, isWaiting, stepOf, subjectPage, takesTwo, wordsFor } from '../src/operator/cases/data';
import type { Verdict, Word } from '../src/operator/cases/types';

const small = { needs_two: false, queue: 'transactions', proposal: null } as const;
const proposed = (outcome: Verdict, transaction: Word | null, by: string) => ({ needs_two: true, queue: 'transactions', proposal: { outcome, transaction, by, reason: 'fraud', note: '', at: '' } }) as const;

test('what is confirmed is declined, a false alarm goes on, and all else is a choice', () => {
  expect(wordsFor('confirmed')).toEqual(['decline']);
  expect(wordsFor('false_positive')).toEqual(['approve']);
  expect(wordsFor('valuable')).toEqual(['approve', 'decline']);
  expect([isWaiting({ transaction_status: 'in_review' }), isWaiting({ transaction_status: 'completed' }), isWaiting({ transaction_status: null })]).toEqual([true, false, false]);
});

test('a second operator is needed where the case says so, and for confirmed matches of sanctions lists', () => {
  expect(takesTwo(small, 'confirmed')).toBe(false);
  expect(takesTwo({ ...small, needs_two: true }, 'false_positive')).toBe(true);
  expect([takesTwo({ ...small, queue: 'sanctions' }, 'confirmed'), takesTwo({ ...small, queue: 'sanctions' }, 'false_positive')]).toEqual([true, false]);
});

test('what a decision comes to is said before it is made', () => {
  expect(stepOf(small, { outcome: 'confirmed', transaction: 'decline' }, 'usr_me')).toBe('counts');
  expect(stepOf({ ...small, needs_two: true }, { outcome: 'confirmed', transaction: 'decline' }, 'usr_me')).toBe('proposes');
  const other = proposed('confirmed', 'decline', 'usr_other');
  expect(stepOf(other, { outcome: 'confirmed', transaction: 'decline' }, 'usr_me')).toBe('agrees');
  expect(stepOf(other, { outcome: 'false_positive', transaction: 'approve' }, 'usr_me')).toBe('replaces');
  expect(stepOf(other, { outcome: 'confirmed', transaction: undefined }, 'usr_me')).toBe('replaces');
  expect(stepOf(proposed('confirmed', 'decline', 'usr_me'), { outcome: 'confirmed', transaction: 'decline' }, 'usr_me')).toBe('own');
  expect(stepOf(proposed('inconclusive', null, 'usr_other'), { outcome: 'inconclusive' }, 'usr_me')).toBe('agrees');
});

test('what stands side by side and differs is marked, and what has no other side is not', () => {
  expect(differs({ label: 'name', value: 'Ann', compared_with: 'Anna' })).toBe(true);
  expect(differs({ label: 'name', value: 'Ann', compared_with: 'ANN' })).toBe(false);
  expect([differs({ label: 'birth_date', value: '1970', compared_with: ['1969', '1970'] }), differs({ label: 'birth_date', value: '1970', compared_with: ['1969'] })]).toEqual([false, true]);
  expect(differs({ label: 'list', value: null, compared_with: 'OFAC' })).toBe(false);
  expect(differs({ label: 'name', value: ['a'], compared_with: ['a'] })).toBe(false);
  expect([differs({ label: 'name', value: 'Ann' }), differs({ label: 'name', value: 'Ann', compared_with: null })]).toEqual([false, false]);
});

test('what a case and an alert are about leads to its page', () => {
  expect([subjectPage('txn_1'), subjectPage('usr_1'), subjectPage('match_1')]).toEqual(['/payments/txn_1', '/customers/usr_1', null]);
  expect(pageOf({ kind: 'dead_letters', subject: 'notifications:payments' })).toEqual({ to: '/dead-letters', search: { consumer: 'notifications' } });
  expect(pageOf({ kind: 'unresolved', subject: 'transactions' })?.search).toEqual({ q: 'status:unresolved' });
  expect(pageOf({ kind: 'something_new', subject: '' })).toBeNull();
});

test('a file of any bytes is sent as base64', async () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 256);
  const file = { arrayBuffer: () => Promise.resolve(bytes.buffer) } as Blob;
  expect(Uint8Array.from(atob(await contentOf(file)), (letter) => letter.charCodeAt(0))).toEqual(bytes);
});
