import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { expect, test } from 'vitest';

import { ApiProblem } from '../src/api/problem';
import { asksAbout, linesOf } from '../src/operator/lists/data';
import { addAfter, addTo, canUnwrap, codeOf, move, negate, type Path, placeOf, type Predicate, remove, type Rule, setGroup, sizeOf, unwrap, valueAt, walk, wrap, withValue } from '../src/operator/rules/ast';
import { byName, classOf, type Fields, type FieldSpec, operatorsFor, valuesOf, withLeft, withOperator } from '../src/operator/rules/catalogue';
import { grouped } from '../src/operator/rules/changes';
import { tidy } from '../src/operator/rules/effect';
import { readRules } from '../src/operator/rules/exchange';
import { anchorsOf, byAnchor, faultsOf, inexact, isWindow, missing } from '../src/operator/rules/faults';
import { type Language, sentence, shortSentence } from '../src/operator/rules/sentence';
import { minorOf } from '../src/operator/rules/values';
import { english, german } from '../src/operator/text/rule-grammar';

const core = resolve(import.meta.dirname, '../../services/risk/core/src');
const read = (file: string) => readFileSync(resolve(core, file), 'utf8');

/** The catalogue as the server has it, out of its source. */
function catalogue(): Fields {
  const snake = (name: string) => name.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  const lines = [...read('field.rs').matchAll(/^ {4}\w+ "(\w+)" (\w+)\s*(?:\[([^\]]*)\])?\s*(ordered)?,\s*"([^"]*)"(?:\s*\/\s*"([^"]*)")?,\s*"([^"]*)",\s*"([^"]*)";/gm)];
  const specs = lines.map(([, name, kind, choices, ordered, label, not_label, doc, example]) => ({ name, type: snake(kind!), label, doc, example, ...(choices && { choices: [...choices.matchAll(/"(\w+)"/g)].map((one) => one[1]) }), ...(ordered && { ordered: true }), ...(not_label && { not_label }) }) as FieldSpec);
  return byName(specs);
}

const fields = catalogue();
const en: Language = { ...english, base: 'USD', fields };
const de: Language = { ...german, base: 'USD', fields };

const less = (field: string, value: number) => ({ compare: { left: { field }, is: 'less', right: { value } } }) as Predicate;
const [a, b, c, d] = ['hour_of_day', 'day_of_week', 'account_age_days_of_payer', 'account_age_days_of_payee'].map((field) => less(field, 3)) as [Predicate, Predicate, Predicate, Predicate];
const of = (when: Predicate): Rule => ({ code: 'r', name: 'R', when });

/** The conditions in short: letters, `&` and `|` for groups, `!` for the contrary. */
function short(predicate: Predicate): string {
  if ('not' in predicate) return `!${short(predicate.not)}`;
  const parts = 'all' in predicate ? predicate.all : 'any' in predicate ? predicate.any : null;
  if (!parts) return 'abcd'.charAt([a, b, c, d].findIndex((one) => JSON.stringify(one) === JSON.stringify(predicate))) || '?';
  return `(${parts.map(short).join('all' in predicate ? '&' : '|')})`;
}

test('the catalogue of the server was read', () => {
  expect(fields.size).toBe(28);
  expect(fields.get('kyc_of_payer')).toMatchObject({ type: 'choice', choices: ['none', 'basic', 'full'], ordered: true });
  expect(fields.get('to_self')?.not_label).toBe('payer and payee are different people');
});

test('sentences are those of the server', () => {
  const rules = (JSON.parse(read('default_rules.json')) as { rules: Rule[] }).rules;
  const tests = read('sentence/tests.rs');
  const expected = tests.slice(tests.indexOf('sentences,'), tests.indexOf('#[test]', tests.indexOf('sentences,')));
  const said = [...expected.matchAll(/"((?:[^"\\]|\\[\s\S])*)"/g)].map((one) => one[1]!.replace(/\\\n\s*/g, ''));
  expect(rules.length).toBe(6);
  expect(rules.map((rule) => sentence(rule, en))).toEqual(said);
  const nested: Rule = {
    code: 'r', name: 'R', mode: 'shadow', effect: { points: -1, floor: 'high' },
    when: { all: [less('account_age_days_of_payer', 7), { any: [less('hour_of_day', 5), { between: { left: { field: 'amount' }, low: 1, high: 200 } }] }, { not: { all: [less('hour_of_day', 3), { text: { field: 'email_of_payer', is: 'ends_with', text: '.org' } }] } }] },
  };
  const whole = tests.replace(/\\\n\s*/g, '');
  expect(whole).toContain(sentence(nested, en));
  expect(whole).toContain(sentence({ code: 'r', name: 'R', mode: 'off', when: { in: { left: { field: 'day_of_week' }, values: [1, 2, 3, 4, 5, 6, 7] } } }, en));
});

test('every field, comparison and count can be said in both languages', () => {
  for (const language of [en, de]) {
    for (const spec of fields.values()) {
      const left = { field: spec.name } as never;
      for (const is of operatorsFor(left, fields)) {
        const predicate = withOperator(withLeft(a, left, fields), is, fields);
        expect(shortSentence(of(predicate), language)).not.toMatch(/undefined|#|\bnull\b/);
      }
      // No name of a program is in a sentence, and in German nothing is English.
      expect(shortSentence(of(withLeft(a, left, fields)), language)).not.toMatch(/_of_|_/);
      if (language === de) expect(shortSentence(of(withLeft(a, left, fields)), de)).not.toMatch(/\bthe\b/);
    }
  }
  const velocity = { measure: 'amount_sum', window: '90m', key: 'pair', only: 'withdrawal' } as const;
  const rule = of({ compare: { left: { velocity }, is: 'greater', right: { percent: { of: { velocity: { ...velocity, window: '1h' } }, percent: 1_500 } } } });
  expect(shortSentence(rule, en)).toBe('If the sum of withdrawals from the payer to the payee within 90 minutes is above 1,500 % of the sum of withdrawals from the payer to the payee within 1 hour, note it.');
  expect(shortSentence(rule, de)).toBe('Wenn die Summe der Auszahlungen vom Zahler an den Empfänger innerhalb von 90 Minuten über 1.500 % (bezogen auf: die Summe der Auszahlungen vom Zahler an den Empfänger innerhalb von 1 Stunde) liegt, dann vermerken.');
});

test('amounts are written exactly, with the decimals of their currency', () => {
  const over = (value: number) => of({ compare: { left: { field: 'amount' }, is: 'greater', right: { value } } });
  expect(shortSentence(over(9_007_199_254_740_991), en)).toContain('above 90,071,992,547,409.91 USD,');
  expect(shortSentence(over(500_000), de)).toContain('über 5.000,00 USD liegt');
  expect(shortSentence(over(1_234_567), { ...en, base: 'KWD' })).toContain('above 1,234.567 KWD,');
  expect(shortSentence(over(1_000), { ...en, base: 'JPY' })).toContain('above 1,000 JPY,');
  expect([minorOf('82.49', 2), minorOf('5', 2), minorOf('', 2), minorOf('7.', 2)]).toEqual([8_249, 500, '', 700]);
});

test('places are named as the server names them', () => {
  const rule = of({ all: [a, { not: { any: [b, c] } }] });
  expect(walk(rule.when).map(({ path }) => placeOf(path))).toEqual(['when', 'when.all[0]', 'when.all[1]', 'when.all[1].not', 'when.all[1].not.any[0]', 'when.all[1].not.any[1]']);
  expect(sizeOf(rule)).toEqual({ nodes: 6, depth: 4 });
  expect(valueAt(rule, ['when', 'all', 0, 'compare', 'right', 'value'])).toBe(3);
});

test('a change leaves what was there as it was', () => {
  const rule = Object.freeze(of(Object.freeze({ all: Object.freeze([a, b]) as unknown as Predicate[] })));
  const changed = withValue(rule, ['when', 'all', 1, 'compare', 'is'], 'greater');
  expect([valueAt(rule, ['when', 'all', 1, 'compare', 'is']), valueAt(changed, ['when', 'all', 1, 'compare', 'is'])]).toEqual(['less', 'greater']);
  expect(valueAt(changed, ['when', 'all', 0])).toBe(a);
  expect(withValue({ x: 1, y: 2 }, ['x'], undefined)).toEqual({ y: 2 });
});

test('conditions are added behind others, and what is alone becomes a group', () => {
  const one = addAfter(of(a), ['when'], b);
  expect([short(one.rule.when), placeOf(one.at)]).toEqual(['(a&b)', 'when.all[1]']);
  const between = addAfter(one.rule, ['when', 'all', 0], c);
  expect([short(between.rule.when), placeOf(between.at)]).toEqual(['(a&c&b)', 'when.all[1]']);
  expect(short(addTo(between.rule, ['when'], d).rule.when)).toBe('(a&c&b&d)');
  const inNot = addAfter(of({ not: a }), ['when', 'not'], b);
  expect([short(inNot.rule.when), placeOf(inNot.at)]).toEqual(['!(a&b)', 'when.not.all[1]']);
});

test('what is removed takes empty groups and contraries with it', () => {
  const rule = of({ all: [a, { any: [b] }, { not: c }] });
  expect(short(remove(rule, ['when', 'all', 1, 'any', 0]).rule.when)).toBe('(a&!c)');
  expect(short(remove(rule, ['when', 'all', 2, 'not']).rule.when)).toBe('(a&(b))');
  const last = remove(of({ all: [a] }), ['when', 'all', 0]);
  expect([short(last.rule.when), placeOf(last.at)]).toEqual(['()', 'when']);
  expect(short(remove(of(a), ['when']).rule.when)).toBe('()');
  expect(placeOf(remove(of({ all: [a, b] }), ['when', 'all', 1]).at)).toBe('when.all[0]');
});

test('a condition moves through all places, into groups and out of them, and back the same way', () => {
  const steps = (start: Rule, from: Path, by: 1 | -1) => {
    let [rule, at] = [start, from];
    const seen = [short(rule.when)];
    for (;;) {
      const next = move(rule, at, by);
      if (next.at === at) return { seen, rule, at };
      [rule, at] = [next.rule, next.at];
      expect(valueAt(rule, at)).toBe(a);
      seen.push(short(rule.when));
    }
  };
  const down = steps(of({ all: [a, { any: [b, c] }, d] }), ['when', 'all', 0], 1);
  expect(down.seen).toEqual(['(a&(b|c)&d)', '((a|b|c)&d)', '((b|a|c)&d)', '((b|c|a)&d)', '((b|c)&a&d)', '((b|c)&d&a)']);
  expect(steps(down.rule, down.at, -1).seen).toEqual([...down.seen].toReversed());
});

test('a group that a condition has left empty is gone', () => {
  const down = move(of({ all: [{ any: [a] }, b] }), ['when', 'all', 0, 'any', 0], 1);
  expect([short(down.rule.when), placeOf(down.at)]).toEqual(['(a&b)', 'when.all[0]']);
  const up = move(of({ all: [b, { any: [a] }] }), ['when', 'all', 1, 'any', 0], -1);
  expect([short(up.rule.when), placeOf(up.at)]).toEqual(['(b&a)', 'when.all[1]']);
});

test('groups are made, changed and taken apart', () => {
  const rule = of({ all: [a, b] });
  const wrapped = wrap(rule, ['when', 'all', 1], 'any');
  expect([short(wrapped.rule.when), placeOf(wrapped.at)]).toEqual(['(a&(b))', 'when.all[1].any[0]']);
  expect(short(setGroup(rule, ['when'], 'any').rule.when)).toBe('(a|b)');
  expect(short(unwrap(of({ all: [{ any: [b, c] }, a] }), ['when', 'all', 0]).rule.when)).toBe('(b&c&a)');
  expect(short(unwrap(of({ all: [a] }), ['when']).rule.when)).toBe('a');
  expect([canUnwrap(rule, ['when']), canUnwrap(of(a), ['when'])]).toEqual([false, false]);
  expect(unwrap(rule, ['when']).rule).toBe(rule);
  const contrary = negate(rule, ['when', 'all', 0]);
  expect([short(contrary.rule.when), placeOf(contrary.at)]).toEqual(['(!a&b)', 'when.all[0].not']);
  expect(short(negate(contrary.rule, ['when', 'all', 0]).rule.when)).toBe('(a&b)');
});

test('what is looked at decides how it may compare, and what fits stays', () => {
  const amount: Predicate = { compare: { left: { field: 'amount' }, is: 'greater', right: { value: 500 } } };
  expect(withLeft(amount, { velocity: { measure: 'amount_sum', window: '1h', key: 'payer' } }, fields)).toEqual({ compare: { left: { velocity: { measure: 'amount_sum', window: '1h', key: 'payer' } }, is: 'greater', right: { value: 500 } } });
  expect(withLeft(amount, { field: 'kyc_of_payer' }, fields)).toEqual({ compare: { left: { field: 'kyc_of_payer' }, is: 'equal', right: { value: 'none' } } });
  expect(withLeft(amount, { field: 'to_self' }, fields)).toEqual({ compare: { left: { field: 'to_self' }, is: 'equal', right: { value: true } } });
  expect(withOperator(amount, 'between', fields)).toEqual({ between: { left: { field: 'amount' }, low: 500, high: '' } });
  const email = withLeft(amount, { field: 'email_of_payer' }, fields);
  expect(withOperator(email, 'in_list', fields)).toEqual({ in_list: { field: 'email_of_payer', list: '' } });
  expect(withOperator(withOperator(email, 'ends_with', fields), 'contains', fields)).toEqual({ text: { field: 'email_of_payer', is: 'contains', text: '' } });
  expect(operatorsFor({ field: 'transaction_type' }, fields)).not.toContain('less');
  expect(operatorsFor({ field: 'kyc_of_payee' }, fields)).toContain('less');
  expect(operatorsFor({ velocity: { measure: 'count', window: 'day', key: 'payer' } }, fields)).not.toContain('in_list');
  expect(classOf({ percent: { of: { field: 'amount' }, percent: 10 } }, fields)).toBe('amount');
  expect(valuesOf('eur, Usd\nEUR', { field: 'currency' }, fields)).toEqual(['EUR', 'USD']);
  expect(valuesOf('1, 2; 1,x', { field: 'day_of_week' }, fields)).toEqual([1, 2, 'x']);
});

test('what the server finds wrong stands at the nearest part of the builder', () => {
  const rule = of({ all: [a, { not: { in: { left: { field: 'currency' }, values: ['x'] } } }] });
  const errors = [
    ['rules[6].when.all[1].not.in.values[0]', 'write capitals'], ['rules[6].when.all', 'give at least one'], ['rules[6].name', 'too long'], ['rules[6].unknown.error', 'say what follows'], ['rules[6].effect.points', 'at most 1000'],
    ['rules[2].when', 'too costly'], ['rules', 'cost too much'], ['when.all[0].compare.right', 'no such kind'],
  ].map(([param, detail]) => ({ param: param!, code: 'wrong', detail: detail! }));
  const problem = new ApiProblem({ status: 422, code: 'invalid_rules', detail: 'wrong', errors } as never);
  const found = byAnchor(faultsOf(problem, 6), anchorsOf(rule));
  const said = Object.fromEntries([...found].map(([place, faults]) => [place, faults.map((fault) => fault.message)]));
  expect(said).toEqual({
    'when.all[1].not': ['write capitals'], when: ['give at least one'], name: ['too long'], 'unknown.error': ['say what follows'], effect: ['at most 1000'], 'when.all[0]': ['no such kind'],
    '': ['rules[2].when: too costly', 'cost too much'],
  });
});

test('a place is not another one that begins with the same letters', () => {
  const many = of({ all: Array.from({ length: 12 }, () => a) });
  expect([...byAnchor([{ place: 'when.all[11].compare', message: '' }], anchorsOf(many)).keys()]).toEqual(['when.all[11]']);
});

test('what is not filled in is said before the server is asked', () => {
  const words = { fill: 'fill', empty: 'empty', code: 'code', window: 'window', tooLarge: 'large' };
  const rule: Rule = {
    code: 'A', name: ' ',
    when: { all: [
      { compare: { left: { field: 'amount' }, is: 'greater', right: { value: '' } } }, { all: [] }, { in: { left: { field: 'currency' }, values: [] } }, { compare: { left: { velocity: { measure: 'count', window: 'h', key: 'payer' } }, is: 'less', right: { value: 2 ** 60 } } },
    ] },
  };
  expect(missing(rule, words)).toEqual([
    { place: 'name', message: 'fill' }, { place: 'code', message: 'code' }, { place: 'when.all[0].compare.right.value', message: 'fill' }, { place: 'when.all[1].all', message: 'empty' }, { place: 'when.all[2].in.values', message: 'fill' },
    { place: 'when.all[3].compare.left.velocity.window', message: 'window' }, { place: 'when.all[3].compare.right.value', message: 'large' },
  ]);
  expect(missing(of({ all: [a, { not: b }] }), words)).toEqual([]);
  expect(['day', '1m', '90d', '129600m', '0m', '91d', '5', '1w', ''].map(isWindow)).toEqual([true, true, true, true, false, false, false, false, false]);
});

test('what is imported is a rule or a set, and nothing that would be sent otherwise than it was written', () => {
  const words = { noJson: 'no json', noRules: 'no rules', inexact: (place: string) => `inexact ${place}` };
  const set = { base_currency: 'USD', rules: [of(a)] };
  expect(readRules(JSON.stringify(set), words)).toEqual({ set });
  expect(readRules(JSON.stringify({ version: 3, rules: set }), words)).toEqual({ set });
  expect(readRules(JSON.stringify(of(a)), words)).toEqual({ rule: of(a) });
  for (const text of ['[]', '1', 'null', '{}', '{"code":"x"}']) expect(readRules(text, words)).toEqual({ wrong: 'no rules' });
  expect(readRules('{', words)).toMatchObject({ wrong: expect.stringContaining('no json') });
  expect(readRules('{"code":"x","when":{"between":{"left":{"field":"amount"},"low":1.5,"high":9007199254740993}}}', words)).toEqual({ wrong: 'inexact when.between.low' });
  expect(inexact({ a: [1, 9_007_199_254_740_993] })).toEqual(['a[1]']);
});

test('changes are shown by rule', () => {
  const change = (path: string) => ({ kind: 'changed', path }) as const;
  const found = grouped([change('rules[a].effect.points'), change('levels.high'), change('rules[a].name'), change('rules[b]')]);
  expect(found.map(({ code, changes }) => [code, changes.length])).toEqual([['a', 2], [null, 1], ['b', 1]]);
});

test('what says nothing is left out of an effect', () => {
  expect(tidy({ points: 0, floor: 'low', outcome: null, needs_two: false })).toEqual({ points: 0 });
  expect(tidy({ points: 5, floor: 'high', outcome: 'review', needs_two: true })).toEqual({ points: 5, floor: 'high', outcome: 'review', needs_two: true });
});

test('a name suggests a code', () => {
  expect([codeOf('Amount over 5,000'), codeOf('Größe & Maß!'), codeOf('***'), codeOf('x'.repeat(99)).length]).toEqual(['amount_over_5_000', 'grosse_mass', '', 64]);
});

test('rules that ask about a list are found wherever they ask, and lines are taken once', () => {
  const asks = of({ all: [a, { not: { any: [{ in_list: { field: 'payee', list: 'trusted' } }] } }] });
  expect([asksAbout(asks, 'trusted'), asksAbout(asks, 'trust'), asksAbout(undefined, 'trusted')]).toEqual([true, false, false]);
  expect(linesOf(' a \r\n\nb\na')).toEqual(['a', 'b']);
});
