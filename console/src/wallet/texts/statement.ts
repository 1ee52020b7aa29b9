// The texts of the statement.

import { part } from '../../i18n/language';

const en = {
  title: 'Statement', period: 'Period', month: 'Month', all: 'Everything', from: 'From', to: 'To', own: 'Own dates',
  csv: 'Download CSV', print: 'Print or save as PDF', opening: 'Opening balance', closing: 'Closing balance', moneyIn: 'Money in', moneyOut: 'Money out',
  date: 'Date', what: 'What', amount: 'Amount', balance: 'Balance', entries: (count: number) => `${count} entries`,
  empty: 'Nothing moved in this period', emptyText: 'Choose another month, or everything.', lastMonths: 'Show the last months', noWallet: 'You have no wallet yet', noWalletText: 'A statement tells what moved on a wallet. Open one first.',
  more: (count: number) => `${count} shown. Show more`, owner: 'Account holder', wallet: 'Wallet', made: 'Made on', badPeriod: 'The end is before the beginning.', preparing: 'Loading all entries',
  types: { transfer: 'Transfer', deposit: 'Deposit', withdrawal: 'Withdrawal', payment: 'Payment', refund: 'Refund', ledger: 'Correction' } as Record<string, string>,
};

const de: typeof en = {
  title: 'Kontoauszug', period: 'Zeitraum', month: 'Monat', all: 'Alles', from: 'Von', to: 'Bis', own: 'Eigene Daten',
  csv: 'CSV herunterladen', print: 'Drucken oder als PDF sichern', opening: 'Anfangssaldo', closing: 'Endsaldo', moneyIn: 'Eingänge', moneyOut: 'Ausgänge',
  date: 'Datum', what: 'Was', amount: 'Betrag', balance: 'Saldo', entries: (count) => `${count} Buchungen`,
  empty: 'In diesem Zeitraum hat sich nichts bewegt', emptyText: 'Wählen Sie einen anderen Monat oder alles.', lastMonths: 'Letzte Monate zeigen', noWallet: 'Sie haben noch keine Geldbörse', noWalletText: 'Ein Kontoauszug sagt, was sich auf einer Geldbörse bewegt hat. Eröffnen Sie zuerst eine.',
  more: (count) => `${count} gezeigt. Mehr zeigen`, owner: 'Inhaber', wallet: 'Geldbörse', made: 'Erstellt am', badPeriod: 'Das Ende liegt vor dem Anfang.', preparing: 'Alle Buchungen werden geladen',
  types: { transfer: 'Überweisung', deposit: 'Einzahlung', withdrawal: 'Auszahlung', payment: 'Zahlung', refund: 'Erstattung', ledger: 'Korrektur' },
};

export const useStatementText = part(en, de);
