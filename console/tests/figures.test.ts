import { expect, test } from 'vitest';

import { ApiProblem } from '../src/api/problem';
import { duration, earlier, isForbidden, partValue, rate, share } from '../src/operator/pages/figures';

const plain = (text: string) => text.replace(/\s/g, ' ');

test('a share is never shown better than it is', () => {
  expect([1, 0.99999, 0.9999, 0.57, 0].map((value) => share('en', value))).toEqual(['100%', '99.99%', '99.99%', '57%', '0%']);
  expect(plain(share('de', 0.9949))).toBe('99,49 %');
});

test('figures have the digits that say something', () => {
  expect([0, 0.0333, 2.44, 18.4, 1234.5].map((value) => rate('en', value))).toEqual(['0', '0.033', '2.4', '18', '1,235']);
  expect([4.56, 115.4, 1_500, 90_000, 5_400_000].map((ms) => plain(duration('en-GB', ms)))).toEqual(['4.6 ms', '115 ms', '1.5 secs', '1.5 mins', '1.5 hrs']);
  expect(plain(duration('de', 300_000, 'long'))).toBe('5 Minuten');
});

test('the parts of the health score are in the units of their names', () => {
  const parts: [string, number][] = [['p99_ms', 500], ['oldest_queued_seconds', 60], ['oldest_unresolved_hours', 24], ['success_rate', 0.999], ['journal_queue_used', 0.5], ['dead_letters', 100]];
  expect(parts.map(([name, value]) => plain(partValue('en', name, value)))).toEqual(['500 ms', '1 min', '24 hr', '99.9%', '50%', '100']);
});

test('the earlier of two times is found, also where one is missing', () => {
  expect(earlier('2026-11-30T10:00:00Z', null, '2026-11-29T10:00:00Z')).toBe('2026-11-29T10:00:00Z');
  expect(earlier(null, undefined)).toBeUndefined();
});

test('only a refusal hides what one may not see', () => {
  const problem = (status: number) => new ApiProblem({ status, code: 'any', detail: '' });
  expect([isForbidden(problem(403)), isForbidden(problem(500)), isForbidden(new Error('x')), isForbidden(null)]).toEqual([true, false, false, false]);
});
