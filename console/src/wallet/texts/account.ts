// The texts of the account pages.

import { part } from '../../i18n/language';

const en = {
  title: 'Account', verified: 'Confirmed', since: (date: string) => `Member since ${date}`, edit: 'Edit',
  preferences: 'Preferences', theme: 'Theme', themes: { system: 'System', light: 'Light', dark: 'Dark' }, language: 'Language',
  pages: {
    notifications: ['Notifications', 'What you are told of, and how'],
    security: ['Security', 'Password, passkeys, devices'],
    limits: ['Limits and freezing', 'What may leave your wallets, or nothing at all'],
    keys: ['API keys', 'For programs that act for you'],
    data: ['Your data', 'Export it, or close the account'],
  } as Record<'notifications' | 'security' | 'limits' | 'keys' | 'data', [string, string]>,
  profile: 'Profile', name: 'Name', email: 'E-mail', newEmail: 'New e-mail', nameSaved: 'Your name is changed', emailText: 'We send a link to the new address. It is yours once you have followed it.', emailSent: 'Open the link in your mail to finish', changeEmail: 'Change e-mail', currentPassword: 'Current password',
  password: 'Password', passwordText: 'Changing it logs out your other devices.', changePassword: 'Change password', newPassword: 'New password', passwordChanged: 'Your password is changed',
  signingIn: 'Signing in',
  totp: 'Authenticator app', totpOn: 'On. Your codes are asked for when you log in.', totpOff: 'A code from your phone in addition to your password.', turnOn: 'Set up', turnOff: 'Turn off', totpTitle: 'Set up an authenticator app', totpScan: 'Scan this with your app, or open it on this device.', totpOpen: 'Open in app', totpSecret: 'Or type this key', totpCode: 'Then enter the six digits it shows', totpDone: 'Save your recovery codes', totpDoneText: 'Each works once, if you lose your phone. They are not shown again.', copyCodes: 'Copy all', removed: 'The authenticator app is removed',
  recovery: 'Recovery codes', recoveryLeft: (count: number) => (count === 1 ? '1 code left' : `${count} codes left`), recoveryText: 'They log you in where your second factor is lost.', renew: 'New codes', renewTitle: 'Make new recovery codes?', renewText: 'The old ones are good no more.',
  passkeys: 'Passkeys', passkeysText: 'Log in by your fingerprint, face or device PIN. No password to steal.', passkeysNone: 'This browser has no passkeys.', addPasskey: 'Add a passkey', rename: 'Rename', renamePasskey: 'Rename the passkey', passkeyName: 'What do you call this device?', passkeyNameHint: 'For example: Phone', passkeyMade: 'The passkey is added', passkeyNot: 'The passkey was not added.', passkeyGone: 'The passkey is removed', created: (date: string) => `Added ${date}`, lastUsed: (time: string) => `Last used ${time}`, neverUsed: 'Never used', removePasskey: (name: string) => `Remove “${name}”?`, removePasskeyText: 'You cannot log in with it any more. Remove it on your device, too.',
  verifyFirst: 'Confirm your e-mail first.',
  sessions: 'Where you are logged in', thisDevice: 'This device', endSession: 'Log out', endOthers: 'Log out all other devices', ended: 'Logged out', unknownDevice: 'Unknown device',
  keysText: 'A program with a key acts for you, as far as the key allows.', newKey: 'New key', keyName: 'What is it for?', scopes: 'It may', scope: { 'wallets:own': 'See and open your wallets', 'transactions:own': 'See and make payments', 'notifications:own': 'Read your notifications' }, makeKey: 'Create key', keyMade: 'Copy your key now', keyMadeText: 'It is not shown again.', deleteKey: 'Delete', keyDeleted: 'The key is deleted', noKeys: 'No keys yet', noKeysText: 'You need one only if a program of yours uses the API.',
  keyEnds: 'It ends', keyEndsNever: 'Never', keyEndsIn: (days: number) => `After ${days} days`, keyUntil: (date: string) => `until ${date}`, deleteKeyTitle: (name: string) => `Delete “${name}”?`, deleteKeyText: 'A program that uses it is refused from then on.', scopeMissing: 'Choose at least one thing that it may do.',
  limitsText: 'What may leave each wallet. Operators set limits; ask support for others.', daily: 'Per day', monthly: 'Per month', noLimit: 'No limit', used: (used: string, limit: string) => `${used} of ${limit} used`, remaining: (amount: string) => `${amount} left`, resets: (when: string) => `Resets ${when}`, noWallets: 'No wallets yet', noWalletsText: 'Limits belong to wallets. Open one first.',
  export: 'Export your data', exportText: 'Profile, preferences, wallets, payments, notifications, devices and keys, as one JSON file. Each list has its newest rows, and says whether they are all.', exportAct: 'Export', exported: 'Your data is in your downloads',
  close: 'Close account', closeText: 'For ever. Your name and e-mail are erased; payments stay in the books without them, as the law asks.',
  closeFirst: 'Close your wallets first', closeFirstText: 'A wallet can be closed when it is empty and nothing is on its way.', closeWallet: 'Close', closeWalletTitle: (name: string) => `Close the ${name} wallet?`, closeWalletText: 'For ever. Its history stays in your activity, and you can open another one.', walletClosed: 'The wallet is closed', withdraw: 'Withdraw', allClosed: 'All your wallets are closed.',
  closeTitle: 'Close your account?', closeWarning: 'This cannot be undone.', closeConsequences: ['You are logged out everywhere, and cannot log in again.', 'Your name, e-mail and phone number are erased.', 'API keys and webhooks stop at once.', 'Payments stay in the books, without your name.'], closeConfirm: 'Close my account', closed: 'Your account is closed',
};

const de: typeof en = {
  title: 'Konto', verified: 'Bestätigt', since: (date) => `Dabei seit ${date}`, edit: 'Bearbeiten',
  preferences: 'Einstellungen', theme: 'Darstellung', themes: { system: 'System', light: 'Hell', dark: 'Dunkel' }, language: 'Sprache',
  pages: {
    notifications: ['Mitteilungen', 'Wovon Sie erfahren, und wie'],
    security: ['Sicherheit', 'Passwort, Passkeys, Geräte'],
    limits: ['Limits und Sperre', 'Was Ihre Geldbörsen verlassen darf, oder nichts'],
    keys: ['API-Schlüssel', 'Für Programme, die für Sie handeln'],
    data: ['Ihre Daten', 'Exportieren oder Konto schließen'],
  },
  profile: 'Profil', name: 'Name', email: 'E-Mail', newEmail: 'Neue E-Mail', nameSaved: 'Ihr Name ist geändert', emailText: 'Wir senden einen Link an die neue Adresse. Sie gilt, sobald Sie ihn geöffnet haben.', emailSent: 'Öffnen Sie den Link in Ihrer Post, um abzuschließen', changeEmail: 'E-Mail ändern', currentPassword: 'Jetziges Passwort',
  password: 'Passwort', passwordText: 'Eine Änderung meldet Ihre anderen Geräte ab.', changePassword: 'Passwort ändern', newPassword: 'Neues Passwort', passwordChanged: 'Ihr Passwort ist geändert',
  signingIn: 'Anmeldung',
  totp: 'Authenticator-App', totpOn: 'An. Beim Anmelden wird nach einem Code gefragt.', totpOff: 'Ein Code vom Telefon zusätzlich zum Passwort.', turnOn: 'Einrichten', turnOff: 'Ausschalten', totpTitle: 'Authenticator-App einrichten', totpScan: 'Scannen Sie dies mit Ihrer App, oder öffnen Sie sie auf diesem Gerät.', totpOpen: 'In App öffnen', totpSecret: 'Oder tippen Sie diesen Schlüssel ab', totpCode: 'Dann geben Sie die sechs Ziffern ein', totpDone: 'Sichern Sie Ihre Wiederherstellungscodes', totpDoneText: 'Jeder gilt einmal, wenn Sie Ihr Telefon verlieren. Sie werden nicht wieder gezeigt.', copyCodes: 'Alle kopieren', removed: 'Die Authenticator-App ist entfernt',
  recovery: 'Wiederherstellungscodes', recoveryLeft: (count) => (count === 1 ? 'Noch 1 Code' : `Noch ${count} Codes`), recoveryText: 'Damit melden Sie sich an, wenn der zweite Faktor verloren ist.', renew: 'Neue Codes', renewTitle: 'Neue Wiederherstellungscodes erstellen?', renewText: 'Die alten gelten dann nicht mehr.',
  passkeys: 'Passkeys', passkeysText: 'Anmelden mit Fingerabdruck, Gesicht oder Geräte-PIN. Kein Passwort, das gestohlen werden kann.', passkeysNone: 'Dieser Browser hat keine Passkeys.', addPasskey: 'Passkey hinzufügen', rename: 'Umbenennen', renamePasskey: 'Passkey umbenennen', passkeyName: 'Wie nennen Sie dieses Gerät?', passkeyNameHint: 'Zum Beispiel: Telefon', passkeyMade: 'Der Passkey ist hinzugefügt', passkeyNot: 'Der Passkey wurde nicht hinzugefügt.', passkeyGone: 'Der Passkey ist entfernt', created: (date) => `Hinzugefügt ${date}`, lastUsed: (time) => `Zuletzt ${time}`, neverUsed: 'Nie verwendet', removePasskey: (name) => `„${name}“ entfernen?`, removePasskeyText: 'Sie können sich damit nicht mehr anmelden. Entfernen Sie ihn auch auf Ihrem Gerät.',
  verifyFirst: 'Bestätigen Sie zuerst Ihre E-Mail.',
  sessions: 'Wo Sie angemeldet sind', thisDevice: 'Dieses Gerät', endSession: 'Abmelden', endOthers: 'Alle anderen Geräte abmelden', ended: 'Abgemeldet', unknownDevice: 'Unbekanntes Gerät',
  keysText: 'Ein Programm mit einem Schlüssel handelt für Sie, soweit der Schlüssel es erlaubt.', newKey: 'Neuer Schlüssel', keyName: 'Wofür ist er?', scopes: 'Er darf', scope: { 'wallets:own': 'Geldbörsen sehen und eröffnen', 'transactions:own': 'Zahlungen sehen und ausführen', 'notifications:own': 'Mitteilungen lesen' }, makeKey: 'Schlüssel erstellen', keyMade: 'Kopieren Sie Ihren Schlüssel jetzt', keyMadeText: 'Er wird nicht wieder gezeigt.', deleteKey: 'Löschen', keyDeleted: 'Der Schlüssel ist gelöscht', noKeys: 'Noch keine Schlüssel', noKeysText: 'Sie brauchen nur einen, wenn ein Programm von Ihnen die API verwendet.',
  keyEnds: 'Er endet', keyEndsNever: 'Nie', keyEndsIn: (days) => `Nach ${days} Tagen`, keyUntil: (date) => `bis ${date}`, deleteKeyTitle: (name) => `„${name}“ löschen?`, deleteKeyText: 'Ein Programm, das ihn verwendet, wird dann abgewiesen.', scopeMissing: 'Wählen Sie mindestens etwas, das er darf.',
  limitsText: 'Was jede Geldbörse verlassen darf. Limits setzt der Betreiber; für andere fragen Sie den Kundendienst.', daily: 'Pro Tag', monthly: 'Pro Monat', noLimit: 'Kein Limit', used: (used, limit) => `${used} von ${limit} verbraucht`, remaining: (amount) => `Noch ${amount}`, resets: (when) => `Neu ab ${when}`, noWallets: 'Noch keine Geldbörsen', noWalletsText: 'Limits gehören zu Geldbörsen. Eröffnen Sie zuerst eine.',
  export: 'Ihre Daten exportieren', exportText: 'Profil, Einstellungen, Geldbörsen, Zahlungen, Mitteilungen, Geräte und Schlüssel, als eine JSON-Datei. Jede Liste enthält ihre neuesten Zeilen und sagt, ob es alle sind.', exportAct: 'Exportieren', exported: 'Ihre Daten liegen bei Ihren Downloads',
  close: 'Konto schließen', closeText: 'Für immer. Name und E-Mail werden gelöscht; Zahlungen bleiben ohne sie in den Büchern, wie es das Gesetz verlangt.',
  closeFirst: 'Schließen Sie zuerst Ihre Geldbörsen', closeFirstText: 'Eine Geldbörse lässt sich schließen, wenn sie leer und nichts unterwegs ist.', closeWallet: 'Schließen', closeWalletTitle: (name) => `Geldbörse in ${name} schließen?`, closeWalletText: 'Für immer. Was auf ihr geschah, bleibt in Ihren Umsätzen, und Sie können eine andere eröffnen.', walletClosed: 'Die Geldbörse ist geschlossen', withdraw: 'Auszahlen', allClosed: 'Alle Ihre Geldbörsen sind geschlossen.',
  closeTitle: 'Konto schließen?', closeWarning: 'Das lässt sich nicht rückgängig machen.', closeConsequences: ['Sie werden überall abgemeldet und können sich nicht wieder anmelden.', 'Name, E-Mail und Telefonnummer werden gelöscht.', 'API-Schlüssel und Webhooks enden sofort.', 'Zahlungen bleiben in den Büchern, ohne Ihren Namen.'], closeConfirm: 'Mein Konto schließen', closed: 'Ihr Konto ist geschlossen',
};

export const useAccountText = part(en, de);
