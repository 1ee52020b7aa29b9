// Every text of the wallet, in German.

import type { Messages } from './en';

export const de: Messages = {
  language: 'Deutsch',
  brand: 'PayFlow',
  nav: { home: 'Start', send: 'Senden', activity: 'Umsätze', me: 'Konto', notifications: 'Mitteilungen', skip: 'Zum Inhalt', logOut: 'Abmelden', apiDocs: 'API-Dokumentation', console: 'Konsole' },
  act: {
    cancel: 'Abbrechen', continue: 'Weiter', back: 'Zurück', save: 'Speichern', saved: 'Gespeichert', close: 'Schließen', retry: 'Noch einmal versuchen', copy: 'Kopieren', copied: 'Kopiert',
    notCopied: 'Ihr Browser hat das Kopieren nicht erlaubt', more: 'Mehr anzeigen', seeAll: 'Alle ansehen', clear: 'Filter entfernen', change: 'Ändern', remove: 'Entfernen', done: 'Fertig', add: 'Hinzufügen',
  },
  state: {
    loading: 'Wird geladen', failed: 'Das konnte nicht geladen werden', unreachable: 'PayFlow ist nicht erreichbar. Prüfen Sie Ihre Verbindung.', request: 'Anfrage',
    forbidden: 'Das dürfen Sie nicht sehen', forbiddenBy: (role) => `Ihre Rolle, ${role}, schließt das nicht ein. Ein Administrator kann das ändern.`,
    stale: (time) => `Nicht aktuell: Stand ${time}`, nothingFound: 'Nichts entspricht diesen Filtern',
    secondFactor: 'Richten Sie einen zweiten Faktor ein', secondFactorText: 'Ihre Rolle erreicht das Geld anderer, deshalb genügt ein Passwort nicht. Richten Sie eine Authenticator-App oder einen Passkey ein; das dauert eine Minute, und Sie kommen hierher zurück.', setUp: 'Jetzt einrichten',
  },
  session: {
    ended: 'Sie wurden abgemeldet. Melden Sie sich an, um fortzufahren.', password: 'Passwort', nameHint: 'Wer Ihnen Geld sendet, sieht ihn.', passwordHint: 'Mindestens 12 Zeichen. Vier Wörter ohne Zusammenhang sind ein gutes Passwort.', show: 'Zeigen', hide: 'Verbergen', or: 'oder', usePasskey: 'Passkey verwenden', passkeyFailed: 'Der Passkey wurde nicht verwendet.', code: 'Code',
  },
  verify: { title: 'E-Mail bestätigen', text: (email) => `Öffnen Sie den Link, den wir an ${email} gesendet haben. Bis dahin kann Ihnen niemand Geld senden.`, onDemo: (folder) => `Dies ist eine Demo: Die Mail ist die neueste Datei in ${folder}.`, again: 'Noch einmal senden', sent: 'Ein neuer Link ist unterwegs', checked: 'Ich habe sie bestätigt' },
  home: {
    available: 'Verfügbar', held: 'Reserviert', total: 'Gesamt', heldText: 'Reserviertes Geld gehört zu Zahlungen, die noch nicht abgeschlossen sind. Danach wird es frei oder geht ab.',
    explain: 'Was heißt das?', availableText: 'Was Sie jetzt ausgeben oder senden können.', totalText: 'Verfügbar und reserviert zusammen.', wallets: 'Geldbörsen', recent: 'Letzte Umsätze', hide: 'Beträge verbergen', statement: 'Kontoauszug', show: 'Beträge zeigen',
    add: 'Einzahlen', withdraw: 'Auszahlen', send: 'Senden', newWallet: 'Neue Geldbörse', frozen: 'Gesperrt', closed: 'Geschlossen',
    emptyTitle: 'Eröffnen Sie Ihre erste Geldbörse', emptyText: 'Eine Geldbörse enthält Geld in einer Währung. Weitere können Sie später eröffnen.',
    noActivity: 'Noch nichts passiert', noActivityText: 'Zahlen Sie etwas ein. Sie sehen es hier nach Sekunden.',
  },
  money: { amount: 'Betrag', from: 'Von', to: 'An', wallet: 'Geldbörse', left: (amount) => `${amount} verfügbar`, after: (amount) => `Danach bleiben ${amount}`, tooMuch: (amount) => `Verfügbar sind ${amount}`, enter: 'Geben Sie einen Betrag über null ein', hidden: 'Verborgen' },
  activity: {
    type: 'Art', yourCode: 'Wartet auf Ihren Code', newer: (count) => `${count} neu`,
    types: { transfer: 'Überweisung', deposit: 'Einzahlung', withdrawal: 'Auszahlung', payment: 'Zahlung', refund: 'Erstattung' },
    with: { to: (name) => `An ${name}`, sentTo: (name) => `An ${name} gesendet`, from: (name) => `Von ${name}`, paidTo: (name) => `An ${name} gezahlt`, paymentFrom: (name) => `Zahlung von ${name}`, refundFrom: (name) => `Erstattung von ${name}`, refundTo: (name) => `Erstattung an ${name}` },
    sent: 'Überweisung gesendet', received: 'Überweisung erhalten', between: 'Zwischen Ihren Geldbörsen', paid: 'Zahlung', gotPaid: 'Zahlung erhalten', deposited: 'Einzahlung', withdrawn: 'Auszahlung', refundIn: 'Erstattung erhalten', refundOut: 'Erstattung gegeben',
  },
  status: { requires_verification: 'Wartet auf Code', in_review: 'In Prüfung', authorised: 'Autorisiert', processing: 'In Arbeit', unresolved: 'Wird geklärt', completed: 'Abgeschlossen', failed: 'Fehlgeschlagen', cancelled: 'Abgebrochen', expired: 'Abgelaufen', reversed: 'Zurückgebucht' },
  crash: { title: 'Auf dieser Seite ist etwas schiefgegangen', text: 'Ihr Geld ist sicher: Dadurch wurde nichts gesendet. Laden Sie die Seite neu.', reload: 'Neu laden', notFound: 'Diese Seite gibt es nicht', notFoundText: 'Der Link ist vielleicht alt.', home: 'Zur Startseite' },
};
