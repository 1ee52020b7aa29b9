// The texts of sending, adding and withdrawing money.

import { part } from '../../i18n/language';

const en = {
  send: {
    title: 'Send money', who: 'Who is it for?', email: 'E-mail of the recipient', example: 'name@example.com', find: 'Continue', recent: 'Recent', notFound: (currency: string) => `Nobody can receive ${currency} at this address. Check the spelling, or ask them to open a wallet in ${currency}.`,
    own: 'That is you. Choose somebody else.', howMuch: 'How much?', note: 'Note (optional)', noteShown: 'Note', noteHint: 'They will see it.', review: 'Review', reviewTitle: 'Check and send', recipient: 'Recipient', youSend: 'You send', fee: 'Fee', noFee: 'None', theyGet: 'They receive', afterwards: 'Left in your wallet',
    arrives: 'Arrives', atOnce: 'Within a second', final: 'A transfer cannot be taken back once it is sent.', confirm: (amount: string) => `Send ${amount}`, sending: 'Sending', doneTitle: (name: string) => `Sent to ${name}`, doneText: 'It is in their wallet, and they have been notified.', another: 'New transfer', receipt: 'See receipt',
    uncertainTitle: 'We do not know yet', uncertainText: 'No answer came. Trying again is safe: it is sent once, whatever happened.', failedTitle: 'Not sent', failedText: 'No money left your wallet.', step: (at: number, of: number) => `Step ${at} of ${of}`,
    needWallet: 'You need a wallet first', needWalletText: 'Open one on the home page, then come back.',
  },
  add: {
    title: 'Add money', method: 'Paid from', how: 'Test cards', hint: 'This is the built-in test acquirer. No real card is charged.', ok: 'Visa ending 4242', okText: 'Accepted at once', declined: 'Visa ending 0002', declinedText: 'Declined by the bank', funds: 'Mastercard ending 9995', fundsText: 'Not enough on the card', late: 'Visa ending 3220', lateText: 'Accepted after a few seconds', timeout: 'Visa ending 0119', timeoutText: 'The bank does not answer',
    own: 'Another token', ownLabel: 'Token of your acquirer', confirm: (amount: string) => `Add ${amount}`, doneTitle: (amount: string) => `${amount} added`, doneText: 'It is in your wallet.', failedTitle: 'The card was not charged', pendingTitle: 'The bank is deciding', pendingText: 'You will be told when the money is there. There is nothing to do.',
    unresolvedTitle: 'The bank has not answered', unresolvedText: 'We are finding out what happened. Do not pay again: you will be told.', again: 'Try another card',
  },
  withdraw: { title: 'Withdraw', hint: 'This is the built-in test acquirer. No real account is paid.', to: 'Paid out to', bank: 'Bank account ending 6789', bankText: 'Accepted at once', late: 'Bank account ending 3220', lateText: 'Accepted after a few seconds', refused: 'Bank account ending 0002', refusedText: 'Refused by the bank', confirm: (amount: string) => `Withdraw ${amount}`, doneTitle: (amount: string) => `${amount} paid out`, doneText: 'The bank has accepted it.', failedTitle: 'Not paid out', failedText: 'The money is back in your wallet.', pendingText: 'The amount is held until the bank answers.' },
};

const de: typeof en = {
  send: {
    title: 'Geld senden', who: 'An wen?', email: 'E-Mail des Empfängers', example: 'name@beispiel.de', find: 'Weiter', recent: 'Zuletzt', notFound: (currency) => `Unter dieser Adresse kann niemand ${currency} empfangen. Prüfen Sie die Schreibweise, oder bitten Sie um eine Geldbörse in ${currency}.`,
    own: 'Das sind Sie selbst. Wählen Sie jemand anderen.', howMuch: 'Wie viel?', note: 'Nachricht (freiwillig)', noteShown: 'Nachricht', noteHint: 'Der Empfänger sieht sie.', review: 'Prüfen', reviewTitle: 'Prüfen und senden', recipient: 'Empfänger', youSend: 'Sie senden', fee: 'Gebühr', noFee: 'Keine', theyGet: 'Empfänger erhält', afterwards: 'Danach in der Geldbörse',
    arrives: 'Kommt an', atOnce: 'In einer Sekunde', final: 'Eine gesendete Überweisung lässt sich nicht zurückholen.', confirm: (amount) => `${amount} senden`, sending: 'Wird gesendet', doneTitle: (name) => `An ${name} gesendet`, doneText: 'Das Geld ist angekommen, und der Empfänger ist benachrichtigt.', another: 'Neue Überweisung', receipt: 'Beleg ansehen',
    uncertainTitle: 'Wir wissen es noch nicht', uncertainText: 'Es kam keine Antwort. Noch einmal zu senden ist sicher: Es wird nur einmal gesendet.', failedTitle: 'Nicht gesendet', failedText: 'Von Ihrer Geldbörse ging nichts ab.', step: (at, of) => `Schritt ${at} von ${of}`,
    needWallet: 'Sie brauchen zuerst eine Geldbörse', needWalletText: 'Eröffnen Sie eine auf der Startseite.',
  },
  add: {
    title: 'Einzahlen', method: 'Bezahlt mit', how: 'Testkarten', hint: 'Das ist der eingebaute Test-Acquirer. Keine echte Karte wird belastet.', ok: 'Visa mit Endziffern 4242', okText: 'Wird sofort angenommen', declined: 'Visa mit Endziffern 0002', declinedText: 'Von der Bank abgelehnt', funds: 'Mastercard mit Endziffern 9995', fundsText: 'Nicht genug Guthaben', late: 'Visa mit Endziffern 3220', lateText: 'Wird nach Sekunden angenommen', timeout: 'Visa mit Endziffern 0119', timeoutText: 'Die Bank antwortet nicht',
    own: 'Anderes Token', ownLabel: 'Token Ihres Acquirers', confirm: (amount) => `${amount} einzahlen`, doneTitle: (amount) => `${amount} eingezahlt`, doneText: 'Das Geld ist in Ihrer Geldbörse.', failedTitle: 'Die Karte wurde nicht belastet', pendingTitle: 'Die Bank entscheidet', pendingText: 'Sie werden benachrichtigt, sobald das Geld da ist. Sie müssen nichts tun.',
    unresolvedTitle: 'Die Bank hat nicht geantwortet', unresolvedText: 'Wir klären, was geschehen ist. Zahlen Sie nicht noch einmal: Sie werden benachrichtigt.', again: 'Andere Karte versuchen',
  },
  withdraw: { title: 'Auszahlen', hint: 'Das ist der eingebaute Test-Acquirer. Kein echtes Konto erhält Geld.', to: 'Ausgezahlt auf', bank: 'Bankkonto mit Endziffern 6789', bankText: 'Wird sofort angenommen', late: 'Bankkonto mit Endziffern 3220', lateText: 'Wird nach Sekunden angenommen', refused: 'Bankkonto mit Endziffern 0002', refusedText: 'Von der Bank abgelehnt', confirm: (amount) => `${amount} auszahlen`, doneTitle: (amount) => `${amount} ausgezahlt`, doneText: 'Die Bank hat angenommen.', failedTitle: 'Nicht ausgezahlt', failedText: 'Das Geld ist wieder in Ihrer Geldbörse.', pendingText: 'Der Betrag ist reserviert, bis die Bank antwortet.' },
};

export const useMovingText = part(en, de);
export type MovingText = typeof en;
