// The texts of what somebody wants to be told, and how.

import { part } from '../../i18n/language';

const en = {
  all: 'Notifications', allText: 'Without them you are told only what is essential: of logins, frozen wallets and payments that are not clear.', allOff: 'Only what is essential comes now.',
  matrix: 'What, and how', what: 'What',
  ways: { in_app: 'App', email: 'E-mail', sms: 'SMS', push: 'Push' },
  groups: { payments: 'Payments', account: 'Account', security: 'Security' },
  groupTexts: { payments: 'Money that comes and goes', account: 'Your wallets and your account', security: 'Logins, devices, passkeys and keys' },
  cell: (group: string, way: string) => `${group}: ${way}`,
  locked: 'Security stays on in the app and by e-mail.', needsPhone: 'SMS come once your phone number is verified.',
  quiet: 'Quiet hours', quietText: 'E-mail, SMS and push wait until they end. What is essential comes at once.', from: 'From', to: 'To', zone: 'Time zone', language: 'Language of messages',
  phone: 'Phone number', phoneNone: 'For SMS. We send a code to verify it.', phoneOn: (date: string) => `Verified on ${date}`, phoneStopped: 'STOP came from this number: nothing is sent to it. Write START to the sender, or verify it anew.',
  phoneAdd: 'Add', phoneChange: 'Change', phoneTitle: 'Verify your phone number', phoneNumber: 'Number', phoneHint: 'With the country code, such as +49 1511 2345678', phoneWrong: 'Begin with + and the country code.', phoneSend: 'Send the code', phoneSent: (number: string) => `Enter the six digits that we sent to ${number}.`, phoneCode: 'Code', phoneVerify: 'Verify', phoneOther: 'Another number', phoneAgain: 'Send another code', phoneDone: 'Your number is verified', phoneRemoved: 'Your number is forgotten', phoneRemove: 'Forget this number?', phoneRemoveText: 'No SMS are sent any more.',
  push: 'Push on this device', pushOff: 'Messages appear also while PayFlow is not open.', pushOn: 'On. Messages appear on this device.', pushNone: 'This browser has no push messages.', pushDenied: 'Your browser blocks notifications of this page. Allow them in its settings first.', pushFailed: 'The push service of your browser could not be reached.', pushTurnOn: 'Turn on', pushTurnOff: 'Turn off',
};

const de: typeof en = {
  all: 'Mitteilungen', allText: 'Ohne sie erfahren Sie nur, was wesentlich ist: Anmeldungen, gesperrte Geldbörsen und ungeklärte Zahlungen.', allOff: 'Jetzt kommt nur, was wesentlich ist.',
  matrix: 'Was, und wie', what: 'Was',
  ways: { in_app: 'App', email: 'E-Mail', sms: 'SMS', push: 'Push' },
  groups: { payments: 'Zahlungen', account: 'Konto', security: 'Sicherheit' },
  groupTexts: { payments: 'Geld, das kommt und geht', account: 'Ihre Geldbörsen und Ihr Konto', security: 'Anmeldungen, Geräte, Passkeys und Schlüssel' },
  cell: (group, way) => `${group}: ${way}`,
  locked: 'Sicherheit bleibt in der App und per E-Mail an.', needsPhone: 'SMS kommen, sobald Ihre Telefonnummer bestätigt ist.',
  quiet: 'Ruhezeit', quietText: 'E-Mail, SMS und Push warten bis zu ihrem Ende. Wesentliches kommt sofort.', from: 'Von', to: 'Bis', zone: 'Zeitzone', language: 'Sprache der Nachrichten',
  phone: 'Telefonnummer', phoneNone: 'Für SMS. Wir senden einen Code, um sie zu bestätigen.', phoneOn: (date) => `Bestätigt am ${date}`, phoneStopped: 'Von dieser Nummer kam STOP: Es wird nichts an sie gesendet. Senden Sie START an den Absender, oder bestätigen Sie sie neu.',
  phoneAdd: 'Hinzufügen', phoneChange: 'Ändern', phoneTitle: 'Telefonnummer bestätigen', phoneNumber: 'Nummer', phoneHint: 'Mit Ländervorwahl, wie +49 1511 2345678', phoneWrong: 'Beginnen Sie mit + und der Ländervorwahl.', phoneSend: 'Code senden', phoneSent: (number) => `Geben Sie die sechs Ziffern ein, die wir an ${number} gesendet haben.`, phoneCode: 'Code', phoneVerify: 'Bestätigen', phoneOther: 'Andere Nummer', phoneAgain: 'Neuen Code senden', phoneDone: 'Ihre Nummer ist bestätigt', phoneRemoved: 'Ihre Nummer ist vergessen', phoneRemove: 'Diese Nummer vergessen?', phoneRemoveText: 'Dann werden keine SMS mehr gesendet.',
  push: 'Push auf diesem Gerät', pushOff: 'Nachrichten erscheinen auch, während PayFlow nicht offen ist.', pushOn: 'An. Nachrichten erscheinen auf diesem Gerät.', pushNone: 'Dieser Browser kennt keine Push-Nachrichten.', pushDenied: 'Ihr Browser blockiert Mitteilungen dieser Seite. Erlauben Sie sie zuerst in seinen Einstellungen.', pushFailed: 'Der Push-Dienst Ihres Browsers war nicht erreichbar.', pushTurnOn: 'Einschalten', pushTurnOff: 'Ausschalten',
};

export const useNotifyText = part(en, de);
