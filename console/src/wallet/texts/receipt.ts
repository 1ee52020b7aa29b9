// The texts of a receipt, and of giving money back.

import { part } from '../../i18n/language';

const en = {
  receipt: { title: 'Receipt', enterCode: 'Enter the code', whatNext: 'What happens next', printed: (when: string) => `Printed on ${when}`, noFee: 'None', when: 'Date', from: 'From your wallet', to: 'To your wallet', id: 'Reference', note: 'Note', captured: 'Captured', refunded: 'Refunded', original: 'Refund of', method: 'Method', fee: 'Fee', history: 'What happened', reason: 'Reason', print: 'Print', nobody: 'There is no such payment', nobodyText: 'It may belong to another account.', by: { acquirer: 'Bank', system: 'PayFlow', you: 'You', other: 'Other party' }, created: 'Created', events: { 'refund_request.created': 'Refund asked for', 'refund_request.accepted': 'Refund agreed', 'refund_request.declined': 'Refund declined', 'refund_request.withdrawn': 'Refund not asked for any more' } },
  give: 'Refund', giveTitle: 'Give money back', left: (amount: string) => `${amount} of this payment can be given back`, all: 'All of it',
  reason: 'Reason (optional)', reasonHint: 'The payer will see it.', tooMuch: (amount: string) => `At most ${amount}`, noFunds: (amount: string) => `Your wallet has ${amount} available`,
  consequence: (amount: string) => `${amount} leaves your wallet at once and goes back to the payer. A refund cannot be undone.`, confirm: (amount: string) => `Give back ${amount}`, done: (amount: string) => `${amount} was given back`,
  uncertain: 'No answer came. Trying again is safe: it is given back once, whatever happened.',
  wrongTitle: 'Sent to the wrong person?', wrongText: 'A transfer cannot be called back. Ask the receiver to send it to you again, and name the reference above.',
  back: 'Send money back', backText: 'A transfer is given back by another one.',
  refunds: 'Refunds',
};

const de: typeof en = {
  receipt: { title: 'Beleg', enterCode: 'Code eingeben', whatNext: 'Wie es weitergeht', printed: (when) => `Gedruckt am ${when}`, noFee: 'Keine', when: 'Datum', from: 'Von Ihrer Geldbörse', to: 'Auf Ihre Geldbörse', id: 'Nummer', note: 'Nachricht', captured: 'Eingezogen', refunded: 'Erstattet', original: 'Erstattung von', method: 'Zahlungsmittel', fee: 'Gebühr', history: 'Was geschehen ist', reason: 'Grund', print: 'Drucken', nobody: 'Diese Zahlung gibt es nicht', nobodyText: 'Vielleicht gehört sie zu einem anderen Konto.', by: { acquirer: 'Bank', system: 'PayFlow', you: 'Sie', other: 'Andere Seite' }, created: 'Angelegt', events: { 'refund_request.created': 'Um Erstattung gebeten', 'refund_request.accepted': 'Erstattung zugesagt', 'refund_request.declined': 'Erstattung abgelehnt', 'refund_request.withdrawn': 'Bitte um Erstattung zurückgezogen' } },
  give: 'Erstatten', giveTitle: 'Geld zurückgeben', left: (amount) => `${amount} dieser Zahlung können zurückgegeben werden`, all: 'Alles',
  reason: 'Grund (freiwillig)', reasonHint: 'Der Zahler sieht ihn.', tooMuch: (amount) => `Höchstens ${amount}`, noFunds: (amount) => `Auf Ihrer Geldbörse sind ${amount} verfügbar`,
  consequence: (amount) => `${amount} gehen sofort von Ihrer Geldbörse an den Zahler zurück. Eine Erstattung lässt sich nicht rückgängig machen.`, confirm: (amount) => `${amount} zurückgeben`, done: (amount) => `${amount} wurden zurückgegeben`,
  uncertain: 'Es kam keine Antwort. Noch einmal zu versuchen ist sicher: Es wird nur einmal zurückgegeben.',
  wrongTitle: 'An die falsche Person gesendet?', wrongText: 'Eine Überweisung lässt sich nicht zurückrufen. Bitten Sie den Empfänger, sie Ihnen zurückzusenden, und nennen Sie die Nummer oben.',
  back: 'Geld zurücksenden', backText: 'Eine Überweisung wird durch eine neue zurückgegeben.',
  refunds: 'Erstattungen',
};

export const useReceiptText = part(en, de);
