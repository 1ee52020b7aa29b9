// The texts of freezing a wallet, and of one that is frozen.

import { part } from '../../i18n/language';

const en = {
  title: 'Freeze it', text: 'Lost your phone, or something looks wrong? Nothing leaves a frozen wallet.',
  freeze: 'Freeze', ask: (name: string) => `Freeze “${name}”?`, askText: 'Nothing can be sent from it, and nobody can send to it, until you let it go again. What is on its way still arrives.', done: 'The wallet is frozen',
  frozen: 'You have frozen it', frozenText: 'Let it go with a fresh proof of who you are.', unfreeze: 'Unfreeze', unfrozen: 'The wallet is in use again',
  byOperator: 'An operator has frozen it. Ask support why: only they can let it go.',
  none: 'No wallet to send from', noneText: 'Your wallets are frozen. Those that you have frozen yourself you can let go again.', manage: 'Manage',
};

const de: typeof en = {
  title: 'Sperren', text: 'Telefon verloren, oder etwas stimmt nicht? Aus einer gesperrten Geldbörse geht nichts ab.',
  freeze: 'Sperren', ask: (name) => `„${name}“ sperren?`, askText: 'Bis Sie sie wieder freigeben, kann weder von ihr noch an sie gesendet werden. Was unterwegs ist, kommt noch an.', done: 'Die Geldbörse ist gesperrt',
  frozen: 'Sie haben sie gesperrt', frozenText: 'Geben Sie sie frei, indem Sie zeigen, dass Sie es sind.', unfreeze: 'Freigeben', unfrozen: 'Die Geldbörse ist wieder in Gebrauch',
  byOperator: 'Ein Operator hat sie gesperrt. Fragen Sie den Kundendienst: Nur er kann sie freigeben.',
  none: 'Keine Geldbörse zum Senden', noneText: 'Ihre Geldbörsen sind gesperrt. Was Sie selbst gesperrt haben, können Sie wieder freigeben.', manage: 'Verwalten',
};

export const useFreezeText = part(en, de);
