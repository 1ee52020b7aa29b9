// How rules are said in each language. The English is that of `risk-core`; a test compares them.

import { part } from '../../i18n/language';
import type { FieldSpec } from '../rules/catalogue';
import type { Grammar } from '../rules/sentence';

const MEASURES: Record<string, (of: string) => string> = {
  count: (of) => `the number of ${of}s`,
  amount_sum: (of) => `the sum of ${of}s`,
  amount_average: (of) => `the average amount of earlier ${of}s`,
  distinct_counterparties: (of) => `the number of different counterparties of ${of}s`,
  distinct_instruments: (of) => `the number of different cards and bank accounts of ${of}s`,
};
const KEYS = { payer: 'by the payer', payee: 'to the payee', pair: 'from the payer to the payee', instrument: 'with the card or bank account', organisation: 'in the organisation' };
const PARTS = { contains: ['contains', 'does not contain'], starts_with: ['begins with', 'does not begin with'], ends_with: ['ends with', 'does not end with'] } as const;
const RELATIONS = { equal: 'the same as ', not_equal: 'not ', less: 'below ', less_or_equal: 'at most ', greater: 'above ', greater_or_equal: 'at least ' };

export const english: Grammar = {
  group: ',',
  point: '.',
  and: ' and ',
  or: ' or ',
  listed: (parts) => (parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`),
  field: (spec) => spec.label,
  flag: (spec, isSet) => (isSet ? spec.label : (spec.not_label ?? `not: ${spec.label}`)),
  choice: (value) => value,
  minorUnits: (number) => `${number} minor units`,
  percent: (number, of) => `${number} % of ${of}`,
  velocity: ({ measure, key, only }, window) => {
    const when = 'day' in window ? 'on that day (UTC)' : `within ${window.number} ${window.unit}${window.number === 1 ? '' : 's'}`;
    return `${MEASURES[measure]!(only ?? 'transaction')} ${KEYS[key]} ${when}`;
  },
  compare: (left, is, right, isValue) => `${left} is ${is === 'equal' && isValue ? '' : RELATIONS[is]}${right}`,
  between: (left, low, high, holds) => `${left} is ${holds ? 'from' : 'not from'} ${low} to ${high}`,
  among: (left, values, more, holds) => `${left} is ${holds ? 'one of' : 'none of'} ${values.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  onList: (left, list, holds) => `${left} is ${holds ? 'on' : 'not on'} the list ${list}`,
  part: (left, is, text, holds) => `${left} ${PARTS[is][holds ? 0 : 1]} “${text}”`,
  nothing: '…',
  sentence: (mode, condition, consequence) => `${mode === 'shadow' ? 'in shadow: ' : mode === 'off' ? 'switched off: ' : ''}if ${condition}, ${consequence}`,
  points: (points) => `${points < 0 ? 'take off' : 'add'} ${Math.abs(points)} point${Math.abs(points) === 1 ? '' : 's'}`,
  floor: { medium: 'rate the risk at least medium', high: 'rate the risk high' },
  outcome: { approve: 'let it pass', step_up: 'ask for a code', review: 'hold it for a review', decline: 'decline it' },
  needsTwo: 'have a review done by two operators',
  note: 'note it',
  nothingFollows: 'nothing follows',
  unknown: {
    error: (what) => `where something cannot be found out, ${what}`,
    not_applicable: (what) => `where it does not apply, ${what}`,
    too_little_data: (what) => `with too little history, ${what}`,
  },
};

/** The fields in German: the name, and of a flag what it says set and not set. */
const FELDER: Record<string, string | readonly [string, string]> = {
  amount: 'der Betrag', amount_in_currency: 'der Betrag in eigener Währung', currency: 'die Währung', transaction_type: 'die Art', hour_of_day: 'die Stunde des Tages (UTC)', day_of_week: 'der Wochentag (UTC, 1 ist Montag)', payer: 'der Zahler', payee: 'der Empfänger',
  to_self: ['Zahler und Empfänger dieselbe Person sind', 'Zahler und Empfänger verschieden sind'],
  kyc_of_payer: 'die Identitätsprüfung des Zahlers', kyc_of_payee: 'die Identitätsprüfung des Empfängers',
  sanctions_match_of_payer: ['der Zahler auf einer Sanktionsliste steht', 'der Zahler auf keiner Sanktionsliste steht'],
  sanctions_match_of_payee: ['der Empfänger auf einer Sanktionsliste steht', 'der Empfänger auf keiner Sanktionsliste steht'],
  sanctions_score_of_payer: 'die Ähnlichkeit des Zahlers mit einer Sanktionsliste', sanctions_score_of_payee: 'die Ähnlichkeit des Empfängers mit einer Sanktionsliste',
  account_age_days_of_payer: 'das Alter des Kontos des Zahlers in Tagen', account_age_days_of_payee: 'das Alter des Kontos des Empfängers in Tagen',
  email_of_payer: 'die E-Mail des Zahlers', email_of_payee: 'die E-Mail des Empfängers',
  email_verified_of_payer: ['die E-Mail des Zahlers bestätigt ist', 'die E-Mail des Zahlers nicht bestätigt ist'],
  email_verified_of_payee: ['die E-Mail des Empfängers bestätigt ist', 'die E-Mail des Empfängers nicht bestätigt ist'],
  country_of_payer: 'das Land des Zahlers', country_of_payee: 'das Land des Empfängers',
  first_payment_to_counterparty: ['es die erste Zahlung an diese Gegenseite ist', 'es schon eine Zahlung an diese Gegenseite gab'],
  instrument_kind: 'das Zahlungsmittel', instrument: 'die Karte oder das Bankkonto', risk_level_of_payer: 'die Risikostufe des Zahlers',
  confirmed_before: ['ein Fall gegen den Zahler bestätigt wurde', 'kein Fall gegen den Zahler bestätigt wurde'],
};
const feld = (spec: FieldSpec, isSet = true) => {
  const found = FELDER[spec.name];
  return typeof found === 'string' ? found : (found?.[isSet ? 0 : 1] ?? (isSet ? spec.label : (spec.not_label ?? spec.label)));
};
const WERTE: Record<string, string> = { none: 'keine', basic: 'einfach', full: 'vollständig', low: 'niedrig', medium: 'mittel', high: 'hoch', card: 'Karte', bank_account: 'Bankkonto', transfer: 'Überweisung', deposit: 'Einzahlung', withdrawal: 'Auszahlung', payment: 'Zahlung', refund: 'Rückzahlung' };
const ARTEN: Record<string, string> = { transaction: 'Transaktionen', transfer: 'Überweisungen', deposit: 'Einzahlungen', withdrawal: 'Auszahlungen', payment: 'Zahlungen', refund: 'Rückzahlungen' };
const MASSE: Record<string, (of: string) => string> = {
  count: (of) => `die Zahl der ${of}`,
  amount_sum: (of) => `die Summe der ${of}`,
  amount_average: (of) => `der durchschnittliche Betrag früherer ${of}`,
  distinct_counterparties: (of) => `die Zahl verschiedener Gegenseiten bei ${of}`,
  distinct_instruments: (of) => `die Zahl verschiedener Karten und Bankkonten bei ${of}`,
};
const WESSEN = { payer: 'des Zahlers', payee: 'an den Empfänger', pair: 'vom Zahler an den Empfänger', instrument: 'mit der Karte oder dem Bankkonto', organisation: 'in der Organisation' };
const EINHEITEN = { minute: ['Minute', 'Minuten'], hour: ['Stunde', 'Stunden'], day: ['Tag', 'Tagen'] } as const;
const VERGLEICHE = { equal: ['gleich ', 'ist'], not_equal: ['nicht ', 'ist'], less: ['unter ', 'liegt'], less_or_equal: ['höchstens ', 'ist'], greater: ['über ', 'liegt'], greater_or_equal: ['mindestens ', 'ist'] } as const;
const TEILE = { contains: ['„#“ enthält', '„#“ nicht enthält'], starts_with: ['mit „#“ beginnt', 'nicht mit „#“ beginnt'], ends_with: ['mit „#“ endet', 'nicht mit „#“ endet'] } as const;

export const german: Grammar = {
  group: '.',
  point: ',',
  and: ' und ',
  or: ' oder ',
  listed: (parts) => (parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} und ${parts.at(-1)}`),
  field: (spec) => feld(spec),
  flag: feld,
  choice: (value) => WERTE[value] ?? value,
  minorUnits: (number) => `${number} kleinste Einheiten`,
  percent: (number, of) => `${number} % (bezogen auf: ${of})`,
  velocity: ({ measure, key, only }, window) => {
    const when = 'day' in window ? 'an diesem Tag (UTC)' : `innerhalb von ${window.number} ${EINHEITEN[window.unit][window.number === 1 ? 0 : 1]}`;
    return `${MASSE[measure]!(ARTEN[only ?? 'transaction']!)} ${WESSEN[key]} ${when}`;
  },
  compare: (left, is, right, isValue) => `${left} ${is === 'equal' && isValue ? '' : VERGLEICHE[is][0]}${right} ${VERGLEICHE[is][1]}`,
  between: (left, low, high, holds) => `${left} ${holds ? 'zwischen' : 'nicht zwischen'} ${low} und ${high} liegt`,
  among: (left, values, more, holds) => `${left} ${holds ? 'eines von' : 'keines von'} ${values.join(', ')}${more > 0 ? ` und ${more} weiteren` : ''} ist`,
  onList: (left, list, holds) => `${left} ${holds ? 'auf' : 'nicht auf'} der Liste ${list} steht`,
  part: (left, is, text, holds) => `${left} ${TEILE[is][holds ? 0 : 1].replace('#', () => text)}`,
  nothing: '…',
  sentence: (mode, condition, consequence) => `${mode === 'shadow' ? 'im Schatten: ' : mode === 'off' ? 'abgeschaltet: ' : ''}wenn ${condition}, dann ${consequence}`,
  points: (points) => `${Math.abs(points)} ${Math.abs(points) === 1 ? 'Punkt' : 'Punkte'} ${points < 0 ? 'abziehen' : 'hinzurechnen'}`,
  floor: { medium: 'das Risiko mindestens als mittel einstufen', high: 'das Risiko als hoch einstufen' },
  outcome: { approve: 'durchlassen', step_up: 'einen Code verlangen', review: 'für eine Prüfung anhalten', decline: 'ablehnen' },
  needsTwo: 'von zwei Operatoren prüfen lassen',
  note: 'vermerken',
  nothingFollows: 'nichts weiter',
  unknown: {
    error: (what) => `wo sich etwas nicht herausfinden lässt: ${what}`,
    not_applicable: (what) => `wo es nicht zutreffen kann: ${what}`,
    too_little_data: (what) => `bei zu wenig Vorgeschichte: ${what}`,
  },
};

export const useGrammar = part(english, german);
