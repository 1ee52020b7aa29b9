// The texts of a refund that is asked for.

import { part } from '../../i18n/language';

const en = {
  want: 'Want your money back?', wantText: 'Ask who received it. They give it back, or tell you why not.', ask: 'Ask',
  askTitle: 'Ask for a refund', askText: 'The receiver is told at once. Nothing moves until they agree.', reason: 'Why?', reasonHint: 'They will read it.', send: 'Ask for a refund', sent: 'You have asked for a refund',
  waiting: (amount: string) => `You have asked for ${amount} back`, until: (when: string) => `They can answer until ${when}.`, withdraw: 'Withdraw', withdrawn: 'You do not ask for it any more',
  declined: 'They will not give it back', expired: 'You have asked for it, and nobody answered in time.',
  asked: (amount: string) => `The payer asks for ${amount} back`, answerUntil: (when: string) => `Answer until ${when}.`, accept: 'Give it back', decline: 'Decline',
  declineTitle: 'Decline the refund?', declineText: 'The payer is told why. They may ask again.', why: 'Why not?', whyHint: 'The payer will read it.', declinedDone: 'The payer is told',
};

const de: typeof en = {
  want: 'Wollen Sie Ihr Geld zurück?', wantText: 'Fragen Sie, wer es erhalten hat. Er gibt es zurück oder sagt, warum nicht.', ask: 'Fragen',
  askTitle: 'Um Erstattung bitten', askText: 'Der Empfänger erfährt es sofort. Nichts bewegt sich, bis er zustimmt.', reason: 'Warum?', reasonHint: 'Er liest es.', send: 'Um Erstattung bitten', sent: 'Sie haben um eine Erstattung gebeten',
  waiting: (amount) => `Sie haben ${amount} zurückverlangt`, until: (when) => `Bis ${when} kann geantwortet werden.`, withdraw: 'Zurückziehen', withdrawn: 'Sie verlangen es nicht mehr zurück',
  declined: 'Es wird nicht zurückgegeben', expired: 'Sie haben darum gebeten, und niemand hat rechtzeitig geantwortet.',
  asked: (amount) => `Der Zahler bittet um ${amount} zurück`, answerUntil: (when) => `Antworten Sie bis ${when}.`, accept: 'Zurückgeben', decline: 'Ablehnen',
  declineTitle: 'Erstattung ablehnen?', declineText: 'Der Zahler erfährt, warum. Er kann noch einmal fragen.', why: 'Warum nicht?', whyHint: 'Der Zahler liest es.', declinedDone: 'Der Zahler erfährt es',
};

export const useRequestText = part(en, de);
