// What messages are about, by the kinds of the server.

import { part } from '../../i18n/language';

const en = {
  money_sent: 'Money sent', money_received: 'Money received', deposit_completed: 'Deposit completed', withdrawal_completed: 'Withdrawal completed', payment_made: 'Payment made', payment_received: 'Payment received',
  refund_received: 'Refund received', refund_sent: 'Refund given', refund_requested: 'Refund asked for', refund_declined: 'Refund declined', refund_request_withdrawn: 'Refund not asked for any more', payment_held: 'Payment held', payment_authorised: 'Payment authorised', transaction_failed: 'Payment failed', payment_expired: 'Payment expired', transaction_cancelled: 'Payment cancelled', transaction_unresolved: 'Payment being checked',
  wallet_frozen: 'Wallet frozen', wallet_unfrozen: 'Wallet in use again', wallet_limited: 'Limits changed', digest: 'Summary', welcome: 'Welcome', email_verified: 'E-mail confirmed', email_changed: 'E-mail changed', account_changed: 'Account changed', kyc_status_changed: 'Identity check', new_device: 'New device', credential_changed: 'Way to log in changed',
  api_key_created: 'API key made', api_key_ended: 'API key ended', login_locked: 'Log-in locked', webhook_failing: 'Webhook fails', webhook_disabled: 'Webhook switched off', operator_unresolved: 'To decide on', operator_proposed: 'Outcome proposed', operator_contradicted: 'Outcome contradicted', operator_dead_letters: 'Dead letters', operator_webhook_disabled: 'Webhook switched off',
  verify_email: 'Link to confirm the e-mail', confirm_registration: 'Link to confirm the registration', change_email: 'Link to change the e-mail', email_changing: 'E-mail is to change', email_taken: 'E-mail is in use', reset_password: 'Link for a new password', password_changed: 'Password changed', password_reset: 'Password set anew', second_factor_changed: 'Second factor changed', account_closed: 'Account closed', one_time_code: 'Code', phone_code: 'Code for the phone',
} as Record<string, string>;

const useKinds = part(en, {
  money_sent: 'Geld gesendet', money_received: 'Geld erhalten', deposit_completed: 'Einzahlung ausgeführt', withdrawal_completed: 'Auszahlung ausgeführt', payment_made: 'Gezahlt', payment_received: 'Zahlung erhalten',
  refund_received: 'Erstattung erhalten', refund_sent: 'Erstattung gegeben', refund_requested: 'Um Erstattung gebeten', refund_declined: 'Erstattung abgelehnt', refund_request_withdrawn: 'Bitte um Erstattung zurückgezogen', payment_held: 'Zahlung reserviert', payment_authorised: 'Zahlung autorisiert', transaction_failed: 'Zahlung fehlgeschlagen', payment_expired: 'Zahlung abgelaufen', transaction_cancelled: 'Zahlung abgebrochen', transaction_unresolved: 'Zahlung wird geklärt',
  wallet_frozen: 'Geldbörse gesperrt', wallet_unfrozen: 'Geldbörse wieder frei', wallet_limited: 'Limits geändert', digest: 'Zusammenfassung', welcome: 'Willkommen', email_verified: 'E-Mail bestätigt', email_changed: 'E-Mail geändert', account_changed: 'Konto geändert', kyc_status_changed: 'Identitätsprüfung', new_device: 'Neues Gerät', credential_changed: 'Anmeldeweg geändert',
  api_key_created: 'API-Schlüssel erstellt', api_key_ended: 'API-Schlüssel beendet', login_locked: 'Anmeldung gesperrt', webhook_failing: 'Webhook schlägt fehl', webhook_disabled: 'Webhook ausgeschaltet', operator_unresolved: 'Zu entscheiden', operator_proposed: 'Ausgang vorgeschlagen', operator_contradicted: 'Ausgang widersprochen', operator_dead_letters: 'Unzustellbares', operator_webhook_disabled: 'Webhook ausgeschaltet',
  verify_email: 'Link zum Bestätigen der E-Mail', confirm_registration: 'Link zum Bestätigen der Anmeldung', change_email: 'Link zum Ändern der E-Mail', email_changing: 'E-Mail soll sich ändern', email_taken: 'E-Mail ist vergeben', reset_password: 'Link für ein neues Passwort', password_changed: 'Passwort geändert', password_reset: 'Passwort neu gesetzt', second_factor_changed: 'Zweiter Faktor geändert', account_closed: 'Konto geschlossen', one_time_code: 'Code', phone_code: 'Code für das Telefon',
});

/** What a message is about; a kind that is not known here as the server writes it. */
export function useMessageKind(): (kind: string) => string {
  const kinds = useKinds();
  return (kind) => kinds[kind] ?? kind.replace(/_/g, ' ');
}

const WAYS = {
  channels: { email: 'E-mail', sms: 'SMS', push: 'Push', in_app: 'Inbox' } as Record<string, string>,
  states: { waiting: 'waiting', sending: 'being sent', sent: 'sent', delivered: 'delivered', failed: 'failed', bounced: 'bounced', suppressed: 'not sent' } as Record<string, string>,
};

/** How a way of a message ended, in words. */
export const useWays = part(WAYS, {
  channels: { email: 'E-Mail', sms: 'SMS', push: 'Push', in_app: 'Postfach' },
  states: { waiting: 'wartet', sending: 'wird gesendet', sent: 'gesendet', delivered: 'zugestellt', failed: 'fehlgeschlagen', bounced: 'zurückgekommen', suppressed: 'nicht gesendet' },
});
