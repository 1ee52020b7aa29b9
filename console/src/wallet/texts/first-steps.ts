// The texts of the first steps.

import { part } from '../../i18n/language';

const en = {
  title: 'Get started',
  progress: (done: number, of: number) => `${done} of ${of} done`,
  hide: 'Hide',
  isDone: 'Done',
  email: 'Confirm your e-mail', emailText: 'The link is in your mail. Until then nobody can send you money.',
  wallet: 'Open a wallet', walletText: 'It holds money in one currency.',
  add: 'Add money', addText: 'From a card, or let somebody send you some.', addAct: 'Add money',
  send: 'Send your first payment', sendText: 'All you need is their e-mail.', sendAct: 'Send',
  secure: 'Protect your account', secureText: 'A passkey or an authenticator app, beside the password.', secureAct: 'Set up',
};

const de: typeof en = {
  title: 'Erste Schritte',
  progress: (done, of) => `${done} von ${of} erledigt`,
  hide: 'Ausblenden',
  isDone: 'Erledigt',
  email: 'E-Mail bestätigen', emailText: 'Der Link ist in Ihrer Post. Bis dahin kann Ihnen niemand Geld senden.',
  wallet: 'Eine Geldbörse eröffnen', walletText: 'Sie enthält Geld in einer Währung.',
  add: 'Geld einzahlen', addText: 'Von einer Karte, oder lassen Sie sich etwas senden.', addAct: 'Einzahlen',
  send: 'Zum ersten Mal etwas senden', sendText: 'Sie brauchen nur die E-Mail des Empfängers.', sendAct: 'Senden',
  secure: 'Konto schützen', secureText: 'Ein Passkey oder eine Authenticator-App, zusätzlich zum Passwort.', secureAct: 'Einrichten',
};

export const useFirstStepsText = part(en, de);
