// The texts of giving money back.

import { part } from '../../i18n/language';

const en = {
  give: 'Refund', giveTitle: 'Give money back', left: (amount: string) => `${amount} of this payment can be given back`, all: 'All of it',
  reason: 'Reason (optional)', reasonHint: 'The payer will see it.', tooMuch: (amount: string) => `At most ${amount}`, noFunds: (amount: string) => `Your wallet has ${amount} available`,
  consequence: (amount: string) => `${amount} leaves your wallet at once and goes back to the payer. A refund cannot be undone.`, confirm: (amount: string) => `Give back ${amount}`, done: (amount: string) => `${amount} was given back`,
  uncertain: 'No answer came. Trying again is safe: it is given back once, whatever happened.',
  wantTitle: 'Want your money back?', wantText: 'Only who received this payment can give it back, in part or whole. Write to them and name the reference above. Once they do, you are told and this page shows it.',
  wrongTitle: 'Sent to the wrong person?', wrongText: 'A transfer cannot be called back. Ask the receiver to send it to you again, and name the reference above.',
  back: 'Send money back', backText: 'A transfer is given back by another one.',
  refunds: 'Refunds',
};

const de: typeof en = {
  give: 'Erstatten', giveTitle: 'Geld zurückgeben', left: (amount) => `${amount} dieser Zahlung können zurückgegeben werden`, all: 'Alles',
  reason: 'Grund (freiwillig)', reasonHint: 'Der Zahler sieht ihn.', tooMuch: (amount) => `Höchstens ${amount}`, noFunds: (amount) => `Auf Ihrer Geldbörse sind ${amount} verfügbar`,
  consequence: (amount) => `${amount} gehen sofort von Ihrer Geldbörse an den Zahler zurück. Eine Erstattung lässt sich nicht rückgängig machen.`, confirm: (amount) => `${amount} zurückgeben`, done: (amount) => `${amount} wurden zurückgegeben`,
  uncertain: 'Es kam keine Antwort. Noch einmal zu versuchen ist sicher: Es wird nur einmal zurückgegeben.',
  wantTitle: 'Wollen Sie Ihr Geld zurück?', wantText: 'Nur wer diese Zahlung erhalten hat, kann sie zurückgeben, ganz oder zum Teil. Schreiben Sie dorthin und nennen Sie die Nummer oben. Sobald es geschieht, werden Sie benachrichtigt, und es steht hier.',
  wrongTitle: 'An die falsche Person gesendet?', wrongText: 'Eine Überweisung lässt sich nicht zurückrufen. Bitten Sie den Empfänger, sie Ihnen zurückzusenden, und nennen Sie die Nummer oben.',
  back: 'Geld zurücksenden', backText: 'Eine Überweisung wird durch eine neue zurückgegeben.',
  refunds: 'Erstattungen',
};

export const useReceiptText = part(en, de);
