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
  },
  session: {
    ended: 'Sie wurden abgemeldet. Melden Sie sich an, um fortzufahren.',
    logIn: 'Anmelden', logInTitle: 'Willkommen zurück', email: 'E-Mail', password: 'Passwort', forgot: 'Passwort vergessen?', noAccount: 'Neu hier?', signUp: 'Konto eröffnen',
    signUpTitle: 'Konto eröffnen', name: 'Ihr Name', nameHint: 'Wer Ihnen Geld sendet, sieht ihn.', passwordHint: 'Mindestens 12 Zeichen. Vier Wörter ohne Zusammenhang sind ein gutes Passwort.', hasAccount: 'Schon ein Konto?',
    show: 'Zeigen', hide: 'Verbergen', or: 'oder', passkey: 'Mit Passkey anmelden', passkeyFailed: 'Der Passkey wurde nicht verwendet.', with: (provider) => `Weiter mit ${provider}`,
    codeTitle: 'Noch ein Schritt', codeText: 'Geben Sie die sechs Ziffern Ihrer Authenticator-App ein, oder einen Wiederherstellungscode.', code: 'Code', verify: 'Bestätigen', otherAccount: 'Anderes Konto',
    forgotTitle: 'Passwort zurücksetzen', forgotText: 'Wir senden einen Link, wenn ein Konto diese Adresse hat.', sendLink: 'Link senden',
    sentTitle: 'Sehen Sie in Ihre Post', sentText: (email) => `Wenn ${email} ein Konto hat, ist ein Link unterwegs. Er gilt einmal und für eine Weile.`, backToLogIn: 'Zur Anmeldung',
    checkMail: (email) => `Wir haben einen Link an ${email} gesendet. Öffnen Sie ihn, um abzuschließen.`,
    tagline: 'Geld, das da ist, wo es steht.',
    taglineText: 'Jede Bewegung wird doppelt gebucht und nachgerechnet. Was Sie hier sehen, ist da.',
  },
  verify: { title: 'E-Mail bestätigen', text: (email) => `Öffnen Sie den Link, den wir an ${email} gesendet haben. Bis dahin kann Ihnen niemand Geld senden.`, again: 'Noch einmal senden', sent: 'Ein neuer Link ist unterwegs', checked: 'Ich habe sie bestätigt' },
  home: {
    available: 'Verfügbar', held: 'Reserviert', total: 'Gesamt', heldText: 'Reserviertes Geld gehört zu Zahlungen, die noch nicht abgeschlossen sind. Danach wird es frei oder geht ab.',
    explain: 'Was heißt das?', availableText: 'Was Sie jetzt ausgeben oder senden können.', totalText: 'Verfügbar und reserviert zusammen.', wallets: 'Geldbörsen', recent: 'Letzte Umsätze', hide: 'Beträge verbergen', show: 'Beträge zeigen',
    add: 'Einzahlen', withdraw: 'Auszahlen', send: 'Senden', newWallet: 'Neue Geldbörse', frozen: 'Gesperrt', closed: 'Geschlossen',
    frozenText: 'Diese Geldbörse ist gesperrt: Geld kann weder ein- noch ausgehen. Fragen Sie den Kundendienst nach dem Grund.',
    emptyTitle: 'Eröffnen Sie Ihre erste Geldbörse', emptyText: 'Eine Geldbörse enthält Geld in einer Währung. Weitere können Sie später eröffnen.', currency: 'Währung', open: 'Geldbörse eröffnen', opened: (currency) => `Ihre Geldbörse in ${currency} ist eröffnet`,
    otherCurrency: 'Andere Währung', label: 'Bezeichnung (freiwillig)', labelHint: 'Zum Beispiel: Reise', noActivity: 'Noch nichts passiert', noActivityText: 'Zahlen Sie etwas ein. Sie sehen es hier nach Sekunden.',
  },
  money: { amount: 'Betrag', from: 'Von', to: 'An', wallet: 'Geldbörse', left: (amount) => `${amount} verfügbar`, after: (amount) => `Danach bleiben ${amount}`, tooMuch: (amount) => `Verfügbar sind ${amount}`, enter: 'Geben Sie einen Betrag über null ein', hidden: 'Verborgen' },
  send: {
    title: 'Geld senden', who: 'An wen?', email: 'E-Mail des Empfängers', example: 'name@beispiel.de', find: 'Weiter', recent: 'Zuletzt', notFound: 'Unter dieser Adresse kann niemand diese Währung empfangen. Prüfen Sie die Schreibweise.',
    own: 'Das sind Sie selbst. Wählen Sie jemand anderen.', howMuch: 'Wie viel?', note: 'Nachricht (freiwillig)', noteHint: 'Der Empfänger sieht sie.', review: 'Prüfen', reviewTitle: 'Prüfen und senden', recipient: 'Empfänger', youSend: 'Sie senden', fee: 'Gebühr', noFee: 'Keine', theyGet: 'Empfänger erhält', afterwards: 'Ihnen bleiben',
    arrives: 'Kommt an', atOnce: 'In einer Sekunde', final: 'Eine gesendete Überweisung lässt sich nicht zurückholen.', confirm: (amount) => `${amount} senden`, sending: 'Wird gesendet', doneTitle: (name) => `An ${name} gesendet`, doneText: 'Das Geld ist angekommen. Der Empfänger weiß davon.', another: 'Noch einmal senden', receipt: 'Beleg ansehen',
    uncertainTitle: 'Wir wissen es noch nicht', uncertainText: 'Es kam keine Antwort. Noch einmal zu senden ist sicher: Es wird nur einmal gesendet.', failedTitle: 'Nicht gesendet', failedText: 'Von Ihrer Geldbörse ging nichts ab.', pendingTitle: 'Unterwegs', pendingText: 'Noch nicht abgeschlossen. Sie werden benachrichtigt.', step: (at, of) => `Schritt ${at} von ${of}`,
    needWallet: 'Sie brauchen zuerst eine Geldbörse', needWalletText: 'Eröffnen Sie eine auf der Startseite.',
  },
  add: {
    title: 'Einzahlen', method: 'Bezahlt mit', how: 'Testkarten', hint: 'Das ist der eingebaute Test-Acquirer. Keine echte Karte wird belastet.', ok: 'Visa mit Endziffern 4242', okText: 'Wird sofort angenommen', declined: 'Visa mit Endziffern 0002', declinedText: 'Von der Bank abgelehnt', funds: 'Mastercard mit Endziffern 9995', fundsText: 'Nicht genug Guthaben', late: 'Visa mit Endziffern 3220', lateText: 'Wird nach Sekunden angenommen', timeout: 'Visa mit Endziffern 0119', timeoutText: 'Die Bank antwortet nicht',
    own: 'Anderes Token', ownLabel: 'Token Ihres Acquirers', confirm: (amount) => `${amount} einzahlen`, doneTitle: (amount) => `${amount} eingezahlt`, doneText: 'Das Geld ist in Ihrer Geldbörse.', failedTitle: 'Die Karte wurde nicht belastet', pendingTitle: 'Die Bank entscheidet', pendingText: 'Sie werden benachrichtigt, sobald das Geld da ist. Sie müssen nichts tun.',
    unresolvedTitle: 'Die Bank hat nicht geantwortet', unresolvedText: 'Wir klären, was geschehen ist. Zahlen Sie nicht noch einmal: Sie werden benachrichtigt.', again: 'Andere Karte versuchen',
  },
  withdraw: { title: 'Auszahlen', to: 'Ausgezahlt auf', bank: 'Bankkonto mit Endziffern 6789', bankText: 'Wird sofort angenommen', late: 'Bankkonto mit Endziffern 3220', lateText: 'Wird nach Sekunden angenommen', refused: 'Bankkonto mit Endziffern 0002', refusedText: 'Von der Bank abgelehnt', confirm: (amount) => `${amount} auszahlen`, doneTitle: (amount) => `${amount} ausgezahlt`, doneText: 'Die Bank hat angenommen.', failedTitle: 'Nicht ausgezahlt', failedText: 'Das Geld ist wieder in Ihrer Geldbörse.', pendingText: 'Der Betrag ist reserviert, bis die Bank antwortet.' },
  activity: {
    title: 'Umsätze', search: 'Nachrichten und Nummern suchen', all: 'Alle', type: 'Art', status: 'Status', currency: 'Währung', empty: 'Noch keine Umsätze', emptyText: 'Zahlungen, Ein- und Auszahlungen erscheinen hier.', filtered: 'Keine Zahlung passt dazu',
    filteredText: 'Versuchen Sie weniger Filter oder ein anderes Wort.', newer: (count) => `${count} neu`,
    types: { transfer: 'Überweisung', deposit: 'Einzahlung', withdrawal: 'Auszahlung', payment: 'Zahlung', refund: 'Erstattung' },
    sent: 'Überweisung gesendet', received: 'Überweisung erhalten', between: 'Zwischen Ihren Geldbörsen', paid: 'Zahlung', gotPaid: 'Zahlung erhalten', deposited: 'Einzahlung', withdrawn: 'Auszahlung', refundIn: 'Erstattung erhalten', refundOut: 'Erstattung gegeben',
  },
  status: { requires_verification: 'Wartet auf Sie', in_review: 'In Prüfung', authorised: 'Autorisiert', processing: 'In Arbeit', unresolved: 'Wird geklärt', completed: 'Abgeschlossen', failed: 'Fehlgeschlagen', cancelled: 'Abgebrochen', expired: 'Abgelaufen', reversed: 'Zurückgebucht' },
  receipt: { title: 'Beleg', when: 'Datum', id: 'Nummer', note: 'Nachricht', captured: 'Eingezogen', refunded: 'Erstattet', original: 'Erstattung von', method: 'Zahlungsmittel', fee: 'Gebühr', history: 'Was geschehen ist', reason: 'Grund', print: 'Drucken', nobody: 'Diese Zahlung gibt es nicht', nobodyText: 'Vielleicht gehört sie zu einem anderen Konto.', by: { acquirer: 'Bank', system: 'PayFlow', you: 'Sie', other: 'Andere Seite' }, created: 'Angelegt' },
  inbox: { title: 'Mitteilungen', readAll: 'Alle gelesen', all: 'Alle', unread: 'Ungelesen', empty: 'Noch nichts', emptyText: 'Zahlungen an Sie und Änderungen Ihres Kontos erscheinen hier.', noUnread: 'Sie haben alles gelesen', noUnreadText: 'Neues erscheint hier von selbst.', isUnread: 'Ungelesen' },
  me: {
    title: 'Konto', profile: 'Profil', security: 'Sicherheit', preferences: 'Einstellungen', keys: 'API-Schlüssel', name: 'Name', email: 'E-Mail', verified: 'Bestätigt', unverified: 'Nicht bestätigt', since: (date) => `Dabei seit ${date}`,
    theme: 'Darstellung', themes: { system: 'System', light: 'Hell', dark: 'Dunkel' }, language: 'Sprache', notifications: 'Mitteilungen', notificationsText: 'Über Zahlungen und Änderungen meines Kontos benachrichtigen.',
    password: 'Passwort', passwordText: 'Eine Änderung meldet Ihre anderen Geräte ab.', changePassword: 'Passwort ändern', currentPassword: 'Jetziges Passwort', newPassword: 'Neues Passwort', passwordChanged: 'Ihr Passwort ist geändert',
    totp: 'Authenticator-App', totpOn: 'An. Beim Anmelden wird nach einem Code gefragt.', totpOff: 'Ein Code vom Telefon zusätzlich zum Passwort.', turnOn: 'Einrichten', turnOff: 'Ausschalten', totpTitle: 'Authenticator-App einrichten', totpScan: 'Scannen Sie dies mit Ihrer App, oder öffnen Sie sie auf diesem Gerät.', totpOpen: 'In App öffnen', totpSecret: 'Oder tippen Sie diesen Schlüssel ab', totpCode: 'Dann geben Sie die sechs Ziffern ein', totpDone: 'Sichern Sie Ihre Wiederherstellungscodes', totpDoneText: 'Jeder gilt einmal, wenn Sie Ihr Telefon verlieren. Sie werden nicht wieder gezeigt.', copyCodes: 'Alle kopieren', recoveryLeft: (count) => `Noch ${count} Wiederherstellungscodes`, removed: 'Die Authenticator-App ist entfernt',
    verifyFirst: 'Bestätigen Sie zuerst Ihre E-Mail.',
    sessions: 'Geräte', thisDevice: 'Dieses Gerät', lastUsed: (time) => `Zuletzt ${time}`, endSession: 'Abmelden', endOthers: 'Überall abmelden', ended: 'Abgemeldet', unknownDevice: 'Unbekanntes Gerät',
    keysText: 'Für Programme, die für Sie handeln.', newKey: 'Neuer Schlüssel', keyName: 'Wofür ist er?', scopes: 'Er darf', scope: { 'wallets:own': 'Geldbörsen sehen und eröffnen', 'transactions:own': 'Zahlungen sehen und ausführen', 'notifications:own': 'Mitteilungen lesen' }, makeKey: 'Schlüssel erstellen', keyMade: 'Kopieren Sie Ihren Schlüssel jetzt', keyMadeText: 'Er wird nicht wieder gezeigt.', neverUsed: 'Nie verwendet', deleteKey: 'Löschen', keyDeleted: 'Der Schlüssel ist gelöscht', noKeys: 'Keine Schlüssel',
    close: 'Konto schließen', closeText: 'Zahlen Sie zuerst aus, was noch da ist. Was wir aufbewahren müssen, bleibt; Ihr Name und Ihre E-Mail werden gelöscht.', closeConfirm: 'Mein Konto schließen', closeTitle: 'Konto schließen?', closeWarning: 'Das lässt sich nicht rückgängig machen.', closed: 'Ihr Konto ist geschlossen',
  },
  stepUp: { title: 'Bestätigen Sie, dass Sie es sind', password: 'Geben Sie Ihr Passwort ein.', code: 'Geben Sie einen Code Ihrer Authenticator-App ein.', confirm: 'Bestätigen' },
  crash: { title: 'Auf dieser Seite ist etwas schiefgegangen', text: 'Ihr Geld ist sicher: Dadurch wurde nichts gesendet. Laden Sie die Seite neu.', reload: 'Neu laden', notFound: 'Diese Seite gibt es nicht', notFoundText: 'Der Link ist vielleicht alt.', home: 'Zur Startseite' },
};
