// What the page of a payment says of its risk, and of the decision about it.

import { part } from '../../i18n/language';

const en = {
  title: 'Risk',
  text: 'What was decided before any money moved, and why.',
  score: 'Score', points: 'Points', factor: 'Factor', seen: 'What was seen',
  level: { low: 'Low', medium: 'Medium', high: 'High' },
  levelOf: (level: string) => `${level} risk`,
  outcome: { approve: 'Passed', step_up: 'Asked for a code', review: 'Held for review', decline: 'Declined' },
  needsTwo: 'Two operators decide',
  none: 'Nothing counted against it.',
  unavailable: 'Risk could not answer in time. The policy for that case asked for a code.',
  rules: (version: number) => `Rules, version ${version}`,
  all: 'All that was known', gone: 'The facts of this decision are not kept any more.',
  decided: 'Decided', took: 'Time taken', micros: (count: number) => `${count} µs`,
  notCounted: 'Asked, and not counted',
  standing: { counted: 'Counted', shadow: 'In shadow', snoozed: 'Snoozed for this customer', allowed: 'Lifted by an allowance' },
  answer: { hit: 'Yes', miss: 'No', not_applicable: 'Does not apply', too_little_data: 'Too little data', error: 'Could not be found out' },
  facts: 'Facts', unknown: 'not known', json: 'As JSON',
  proposed: { approve: 'has proposed to approve it.', decline: 'has proposed to decline it.' },
  proposedNext: 'It is decided when a second operator says the same.',
  proposedByYou: 'You have proposed this. It takes a second operator now.',
};

export const usePaymentRiskText = part(en, {
  title: 'Risiko',
  text: 'Was entschieden wurde, bevor sich Geld bewegte, und warum.',
  score: 'Punktzahl', points: 'Punkte', factor: 'Grund', seen: 'Was gesehen wurde',
  level: { low: 'Niedrig', medium: 'Mittel', high: 'Hoch' },
  levelOf: (level: string) => `Risiko: ${level.toLowerCase()}`,
  outcome: { approve: 'Durchgelassen', step_up: 'Code verlangt', review: 'Zur Prüfung angehalten', decline: 'Abgelehnt' },
  needsTwo: 'Zwei Operatoren entscheiden',
  none: 'Nichts sprach dagegen.',
  unavailable: 'Das Risiko konnte nicht rechtzeitig beurteilt werden. Die Regel für diesen Fall verlangte einen Code.',
  rules: (version: number) => `Regeln, Version ${version}`,
  all: 'Alles, was bekannt war', gone: 'Die Tatsachen dieser Entscheidung werden nicht mehr aufbewahrt.',
  decided: 'Entschieden', took: 'Dauer', micros: (count: number) => `${count} µs`,
  notCounted: 'Gefragt und nicht gezählt',
  standing: { counted: 'Gezählt', shadow: 'Im Schatten', snoozed: 'Für diesen Kunden stumm', allowed: 'Durch eine Erlaubnis aufgehoben' },
  answer: { hit: 'Ja', miss: 'Nein', not_applicable: 'Trifft nicht zu', too_little_data: 'Zu wenige Daten', error: 'Nicht feststellbar' },
  facts: 'Tatsachen', unknown: 'nicht bekannt', json: 'Als JSON',
  proposed: { approve: 'hat vorgeschlagen, sie zu genehmigen.', decline: 'hat vorgeschlagen, sie abzulehnen.' },
  proposedNext: 'Entschieden ist es, wenn ein zweiter Operator dasselbe sagt.',
  proposedByYou: 'Das haben Sie vorgeschlagen. Jetzt braucht es einen zweiten Operator.',
});
