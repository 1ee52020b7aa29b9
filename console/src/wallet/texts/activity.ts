// What the page of activity says.

import { part } from '../../i18n/language';

export const useActivityText = part(
  {
    title: 'Activity', search: 'Search notes and ids', status: 'Status', currency: 'Currency', empty: 'No activity yet', emptyText: 'Payments, deposits and withdrawals appear here.', filtered: 'No payments match',
    filteredText: 'Try fewer filters or another word.',
  },
  {
    title: 'Umsätze', search: 'Nachrichten und Nummern suchen', status: 'Status', currency: 'Währung', empty: 'Noch keine Umsätze', emptyText: 'Zahlungen, Ein- und Auszahlungen erscheinen hier.', filtered: 'Keine Zahlung passt dazu',
    filteredText: 'Versuchen Sie weniger Filter oder ein anderes Wort.',
  },
);
