// The texts of logging in and signing up.

import { part } from '../../i18n/language';

const en = {
  logIn: 'Log in', logInTitle: 'Welcome back', email: 'E-mail', forgot: 'Forgot your password?', noAccount: 'New here?', signUp: 'Create an account',
  signUpTitle: 'Create your account', name: 'Your name', hasAccount: 'Already have an account?', passkey: 'Use a passkey',
  with: (provider: string) => `Continue with ${provider}`, codeTitle: 'One more step', codeText: 'Enter the six digits of your authenticator app, or a recovery code.',
  recoveryText: 'Use your passkey, or enter a recovery code.', verify: 'Verify', otherAccount: 'Use another account', forgotTitle: 'Reset your password',
  forgotText: 'We send you a link if an account has this address.', sendLink: 'Send the link', sentTitle: 'Check your mail',
  sentText: (email: string) => `If ${email} has an account, a link is on its way. It works once, for a while.`, backToLogIn: 'Back to log in',
  checkMail: (email: string) => `We sent a link to ${email}. Open it to finish.`, tagline: 'Money that is where it says it is.',
  taglineText: 'Every movement is written down twice and checked, so that what you see here is what there is.',
};

const de: typeof en = {
  logIn: 'Anmelden', logInTitle: 'Willkommen zurück', email: 'E-Mail', forgot: 'Passwort vergessen?', noAccount: 'Neu hier?', signUp: 'Konto eröffnen',
  signUpTitle: 'Konto eröffnen', name: 'Ihr Name', hasAccount: 'Schon ein Konto?', passkey: 'Mit Passkey anmelden', with: (provider) => `Weiter mit ${provider}`,
  codeTitle: 'Noch ein Schritt', codeText: 'Geben Sie die sechs Ziffern Ihrer Authenticator-App ein, oder einen Wiederherstellungscode.',
  recoveryText: 'Verwenden Sie Ihren Passkey, oder geben Sie einen Wiederherstellungscode ein.', verify: 'Bestätigen', otherAccount: 'Anderes Konto',
  forgotTitle: 'Passwort zurücksetzen', forgotText: 'Wir senden einen Link, wenn ein Konto diese Adresse hat.', sendLink: 'Link senden',
  sentTitle: 'Sehen Sie in Ihre Post', sentText: (email) => `Wenn ${email} ein Konto hat, ist ein Link unterwegs. Er gilt einmal und für eine Weile.`,
  backToLogIn: 'Zur Anmeldung', checkMail: (email) => `Wir haben einen Link an ${email} gesendet. Öffnen Sie ihn, um abzuschließen.`,
  tagline: 'Geld, das da ist, wo es steht.', taglineText: 'Jede Bewegung wird doppelt gebucht und nachgerechnet. Was Sie hier sehen, ist da.',
};

export const useSessionText = part(en, de);
